// Whoever reads a mail before its reader takes nothing and spends nothing (SECURITY EM3, EM4): every scanner on every
// kind of mail, and then the person, in the browser that asked and in another.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kinds } from '../harness/kinds.js';
import { scanners } from '../harness/scanners.js';
import { newProfile } from '../harness/world.js';

const TIMEOUT_MS = 90_000;
const SESSION = /^(?:__Host-)?gw_(?:rt|at)_/;
const HOME = 'the browser that asked';
const AWAY = 'another browser';

/** @typedef {typeof HOME | typeof AWAY} Where */
/** @typedef {import('../harness/kinds.js').Kind} Kind */
/** @typedef {import('../harness/kinds.js').Situation} Situation */
/** @typedef {import('../harness/scanners.js').Scanner} Scanner */

/**
 * What a scanner has asked was asked, and it was given no session.
 * @param {Kind} kind
 * @param {string[]} names
 */
function assertGivenNothing(kind, names) {
  for (const name of names) {
    const exchanges = kind.gate.wire.by(name);
    assert.ok(
      exchanges.some((one) => one.path === kind.path),
      `${name} was there`,
    );
    const given = exchanges.flatMap((one) => one.setCookies).filter((cookie) => SESSION.test(cookie));
    assert.deepEqual(given, [], `${name} was given a session`);
  }
}

/**
 * @param {Kind} kind
 * @param {Situation} situation
 * @param {string} link
 * @param {Where} where
 */
async function succeed(kind, situation, link, where) {
  const isHome = where === HOME;
  const browser = isHome ? situation.home : await newProfile(kind.gate, 'away');
  const page = await browser.follow(link);
  assert.deepEqual(await browser.sessionCookies(), [], 'nobody is signed in by following a link');
  await kind.fill(situation, page);
  await browser.press(page);
  await kind.check(situation, browser, page);
  if (!isHome) await browser.close();
}

/**
 * A link that is spent says so, and gives nothing.
 * @param {Kind} kind
 * @param {Situation} situation
 */
async function meetSpentLink(kind, situation) {
  const browser = await newProfile(kind.gate, 'late');
  const page = await browser.follow(situation.mail.link);
  assert.equal(await page.textContent('h1'), 'This link is not good any more');
  assert.deepEqual(await browser.sessionCookies(), []);
  await browser.close();
}

describe('em3 em4 scanners', { concurrency: 4 }, () => {
  for (const kind of kinds) {
    for (const scanner of scanners) {
      if (scanner.does === 'presses' && kind.pressed) {
        const pressed = kind.pressed;
        it(
          `${kind.name}: ${scanner.name} does what the mail is about and is given no session`,
          { timeout: TIMEOUT_MS },
          async () => {
            const situation = await kind.ask();
            assertGivenNothing(kind, await scanner.scan(kind, situation));
            await pressed(situation);
            await meetSpentLink(kind, situation);
            await situation.home.close();
          },
        );
        continue;
      }
      for (const where of /** @type {const} */ ([HOME, AWAY])) {
        it(
          `${kind.name}: ${scanner.name} changes nothing, and then it works in ${where}`,
          { timeout: TIMEOUT_MS },
          async () => {
            const situation = await kind.ask();
            const before = await kind.state(situation);
            assertGivenNothing(kind, await scanner.scan(kind, situation));
            assert.deepEqual(await kind.state(situation), before, 'nothing has changed');
            assert.deepEqual(await situation.home.sessionCookies(), []);
            const link = scanner.leaves?.(situation.mail.link) ?? situation.mail.link;
            await succeed(kind, situation, link, where);
            await situation.home.close();
          },
        );
      }
    }
  }
});
