// Everything that the tests share: one Chromium, two servers that differ in their policy, other people's sites.

import { after } from 'node:test';
import { startChromium } from './chromium.js';
import { Elsewhere } from './elsewhere.js';
import { Gate } from './gate.js';
import { Profile } from './profile.js';

const [chromium, elsewhere, optional, required] = await Promise.all([
  startChromium(),
  Elsewhere.start(),
  Gate.start({ GATEWRIGHT_EMAIL_VERIFICATION: 'optional' }),
  Gate.start({ GATEWRIGHT_EMAIL_VERIFICATION: 'required' }),
]);

after(async () => {
  await chromium.close();
  await Promise.all([elsewhere.close(), optional.stop(), required.stop()]);
});

export { elsewhere };
/** Servers by the policy for addresses: whether they are proved before there is an account. */
export const gates = { optional, required };

/**
 * A browser that nobody has used before, of somebody who reads mail at `elsewhere`.
 * @param {Gate} gate
 * @param {string} whose
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export const newProfile = (gate, whose, options) => Profile.open(chromium, gate, elsewhere, whose, options);
