// Every page, as it stands there: on a telephone, in the dark, for whoever hears it, in each language; with a link,
// with a code, with something mistyped, with a link that is spent, and when it is done.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newEmail } from '../harness/api.js';
import { kinds, magicLink, signUp } from '../harness/kinds.js';
import { illegible, misnamed, overflows } from '../harness/sight.js';
import { newProfile } from '../harness/world.js';

const TIMEOUT_MS = 90_000;
const LANGUAGES = ['en', 'de', 'fr'];
/** A telephone, and the narrowest width that WCAG 2.2, 1.4.10 asks for. */
const WIDTHS = [390, 320];

/** @typedef {import('playwright-core').Page} Page */

/**
 * @param {Page} page
 * @param {string} language
 * @param {string} what
 */
async function assertUsable(page, language, what) {
  for (const width of WIDTHS) assert.deepEqual(await overflows(page, width), [], `${what} at ${width} pixels`);
  assert.deepEqual(await misnamed(page, language), [], what);
  for (const scheme of /** @type {const} */ (['dark', 'light'])) {
    assert.deepEqual(await illegible(page, scheme), [], `${what}, ${scheme}`);
  }
}

describe('every page fits, is legible and is named', { concurrency: 4 }, () => {
  for (const kind of kinds) {
    it(`${kind.name}, in every language`, { timeout: TIMEOUT_MS }, async () => {
      const situation = await kind.ask();
      for (const locale of LANGUAGES) {
        const browser = await newProfile(kind.gate, 'beholder', { locale });
        const page = await browser.follow(situation.mail.link);
        await assertUsable(page, locale, 'with a link');
        // Mistyped: in whatever fields there are, what cannot be right.
        if (await page.locator('input:not([type=hidden]):not([readonly])').count()) {
          await page.evaluate('for (const form of document.forms) form.noValidate = true');
          await browser.press(page);
          assert.equal(await page.locator('[role=alert]').count(), 1, 'a mistake is announced');
          assert.equal(await page.locator('[aria-invalid]:focus').count(), 1, 'and the place to mend it has the focus');
          await assertUsable(page, locale, 'with something mistyped');
        }
        const codes = await browser.context.newPage();
        await browser.context.clearCookies();
        await codes.goto(`${kind.gate.origin}${kind.path}`);
        assert.equal(await codes.locator('input[name=code]').count(), 1);
        await assertUsable(codes, locale, 'with a code');
        await codes.goto(`${kind.gate.origin}${kind.path}?token=gwm_damaged`);
        await assertUsable(codes, locale, 'with a link that is not good');
        await browser.close();
      }
      await situation.home.close();
    });
  }

  it('an address of 170 characters breaks nothing', { timeout: TIMEOUT_MS }, async () => {
    const label = 'w'.repeat(60);
    const email = `${newEmail().split('@')[0]}${'W'.repeat(50)}@${label}.${label}.test`;
    const home = await newProfile(signUp.gate, 'home');
    assert.equal(await home.post('/auth/signup', { email, password: 'violet otter lantern' }), 202);
    const { link } = await signUp.gate.mailbox.mail(email, 'verify_email');
    await assertUsable(await home.follow(link), 'en', 'with a long address');
    await home.close();
  });
});

describe('pages need neither a mouse nor a script', { concurrency: 4 }, () => {
  for (const kind of kinds) {
    it(`${kind.name}: the tab key leads to the button, and Enter presses it`, { timeout: TIMEOUT_MS }, async () => {
      const situation = await kind.ask();
      const browser = await newProfile(kind.gate, 'keyboard', { javaScriptEnabled: false });
      const page = await browser.follow(situation.mail.link);
      const inFocus = () =>
        page.evaluate('document.activeElement.tagName + " " + getComputedStyle(document.activeElement).outlineStyle');
      await kind.fill(situation, page);
      await page.evaluate('document.activeElement.blur()');
      const passed = [];
      do {
        await page.keyboard.press('Tab');
        passed.push(await inFocus());
      } while (!passed.at(-1).startsWith('BUTTON') && passed.length < 10);
      assert.match(passed.at(-1), /^BUTTON /, 'the button is reached');
      assert.ok(
        passed.every((one) => !one.endsWith('none')),
        `where the focus is can be seen: ${passed}`,
      );
      await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
      await kind.check(situation, browser, page);
      await assertUsable(page, 'en', 'when it is done');
      await browser.close();
      await situation.home.close();
    });
  }
});

describe('em6 nothing of a mail is left where others look', { concurrency: 4 }, () => {
  it('what was typed is gone when one goes back, and going back does nothing', { timeout: TIMEOUT_MS }, async () => {
    const situation = await magicLink.ask();
    const page = await situation.home.follow(situation.mail.link);
    await situation.home.press(page);
    await page.goBack({ waitUntil: 'load' });
    await situation.home.assertNothingShows(page);
    const { sessions } = await magicLink.gate.api.state(situation.account);
    assert.equal(sessions.length, 2);
    await page.reload();
    await situation.home.assertNothingShows(page);
    assert.equal((await magicLink.gate.api.state(situation.account)).sessions.length, 2);
    await situation.home.close();
  });
});
