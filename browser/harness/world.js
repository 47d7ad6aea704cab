// Everything that the tests share: one Chromium, two servers that differ in their policy, other people's sites.

import { after } from 'node:test';
import { startChromium } from './chromium.js';
import { Elsewhere } from './elsewhere.js';
import { Gate } from './gate.js';
import { Profile } from './profile.js';
import { writeIndex } from './screenshots.js';

/** Rules may lead to this machine. */
const RULES = { GATEWRIGHT_WEBHOOKS_ALLOW: '127.0.0.0/8', GATEWRIGHT_WEBHOOKS_ALLOW_HTTP: 'true' };
/** Rotation is due after five times this in sessions of cookies. */
const BRIEF = {
  GATEWRIGHT_ACCESS_TTL: '4',
  GATEWRIGHT_REFRESH_MIN_AGE: '2',
  GATEWRIGHT_REFRESH_LOST_WINDOW: '1',
};

const [chromium, elsewhere, optional, required, brief, secure, limited] = await Promise.all([
  startChromium(),
  Elsewhere.start(),
  // What is shown to a reviewer has something to show.
  Gate.start({ GATEWRIGHT_EMAIL_VERIFICATION: 'optional', ...RULES }, 'plain', []),
  Gate.start({ GATEWRIGHT_EMAIL_VERIFICATION: 'required' }),
  Gate.start(BRIEF),
  Gate.start({}, 'tls'),
  Gate.start({ GATEWRIGHT_RATE_LIMITS: 'default' }),
]);
/** Servers by the policy for addresses: whether they are proved before there is an account; by tokens that live seconds; by TLS; by limits. */
export const gates = { optional, required, brief, secure, limited };

after(async () => {
  await chromium.close();
  await Promise.all([elsewhere.close(), ...Object.values(gates).map((gate) => gate.stop())]);
  writeIndex();
});

export { elsewhere };

/**
 * A browser that nobody has used before, of somebody who reads mail at `elsewhere`.
 * @param {Gate} gate
 * @param {string} whose
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export const newProfile = (gate, whose, options) => Profile.open(chromium, gate, elsewhere, whose, options);
