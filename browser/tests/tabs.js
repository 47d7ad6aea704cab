// Several tabs of one browser and tokens that live seconds: nobody is signed out who has done nothing wrong (DESIGN 4.3,
// P6), whatever goes on at the same moment and whatever is lost on the way.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOOKS } from '../harness/looks.js';
import { Person } from '../harness/person.js';
import { gates } from '../harness/world.js';

const options = { timeout: 120_000 };
const gate = gates.brief;
const REFRESH = /^gw_rt_\w+=(gwr_\w+)/;
/** Longer than an access token lives at `brief`, and than a rotation is due after. */
const OVER_EXPIRY_MS = 5_000;
const OVER_ROTATION_MS = 11_000;
const TABS = 2;

/**
 * Somebody who is signed in.
 * @param {import('../harness/looks.js').Look} look
 * @param {string} journey
 */
async function somebody(look, journey) {
  const person = await Person.come(gate, `tabs/${journey}`, look);
  await person.profile.signIn(await gate.api.signUp());
  return person;
}

/** The answers to this browser that renewed its session, and the refresh tokens in them. @param {Person} person */
function renewals(person) {
  const answers = gate.wire.by(person.profile.userAgent).filter((one) => one.path.startsWith('/account'));
  const renewed = answers.filter((one) => one.setCookies.some((line) => line.startsWith('gw_at_')));
  const tokens = answers.flatMap((one) => one.setCookies).flatMap((line) => REFRESH.exec(line)?.[1] ?? []);
  return { count: renewed.length, tokens: new Set(tokens) };
}

describe('p6 tabs of one browser', { concurrency: 4 }, () => {
  for (const look of [LOOKS[0], LOOKS[2]]) {
    const how = look.script ? 'with a script' : 'without a script';

    it(`two tabs that renew at the same moment stay signed in, ${how}`, options, async () => {
      const person = await somebody(look, 'two');
      const tabs = [person, ...(await Promise.all(Array.from({ length: TABS - 1 }, () => person.tab())))];
      for (const end = Date.now() + 2.5 * OVER_ROTATION_MS; Date.now() < end; ) {
        await Promise.all(tabs.map((tab) => tab.go('/account')));
        for (const tab of tabs) {
          assert.equal(tab.answer?.status(), 200);
          await tab.at('/account');
        }
        // Not in step with the life of a token, so that each side of its end is met.
        await sleep(730);
      }
      const { count, tokens } = renewals(person);
      assert.ok(count >= 2 * TABS, `renewed ${count} times`);
      assert.ok(tokens.size >= 2, `rotated ${tokens.size} times`);
      // The access cookie goes from the browser when its token ends, which may be right now.
      const kept = (await person.profile.sessionCookies()).sort();
      const [tag] = kept.map((name) => name.split('_').at(-1));
      const both = [`gw_at_${tag}`, `gw_rt_${tag}`];
      assert.ok(kept.join() === both.join() || kept.join() === both[1], `one session: ${kept.join()}`);
      await person.leave();
    });

    it(`a tab that was left open until everything had expired goes on, ${how}`, options, async () => {
      const person = await somebody(look, 'left-open');
      await person.go('/account');
      await sleep(OVER_ROTATION_MS);
      await person.follow('Devices');
      await person.at('/account/sessions');
      assert.equal(renewals(person).tokens.size, 1, 'and its session was rotated on the way');
      await person.leave();
    });

    it(`a connection that breaks while the session is renewed signs nobody out, ${how}`, options, async () => {
      const person = await somebody(look, 'broken');
      await person.go('/account');
      await sleep(OVER_ROTATION_MS);
      let lost = 0;
      const isOf = (/** @type {import('../harness/wire.js').Exchange} */ one) =>
        one.headers['user-agent'] === person.profile.userAgent;
      const stop = gate.wire.lose((one) => {
        const isRenewal = isOf(one) && one.setCookies.some((line) => REFRESH.test(line));
        if (!isRenewal || lost === 2) return false;
        lost += 1;
        return true;
      });
      // Chromium tries once more by itself when a connection that it had kept is broken.
      const tab = await person.profile.context.newPage();
      for (let time = 0; time < 5 && lost < 2; time++) await tab.goto(`${gate.origin}/account`).catch(() => null);
      stop();
      await tab.close();
      assert.equal(lost, 2, 'the renewed cookies were lost');
      await person.go('/account/sessions');
      await person.at('/account/sessions');
      await sleep(OVER_EXPIRY_MS);
      await person.go('/account');
      await person.at('/account');
      await person.leave();
    });
  }
});
