// Links and codes on the ways that they take between two browsers, and what becomes of a link that was written down
// wrongly.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kinds, magicLink, resetPassword, verifyEmail } from '../harness/kinds.js';
import { speculation } from '../harness/scanners.js';
import { until } from '../harness/until.js';
import { elsewhere, newProfile } from '../harness/world.js';

const TIMEOUT_MS = 90_000;
const options = { timeout: TIMEOUT_MS };

/**
 * Types address and code at the page where no link led to.
 * @param {import('../harness/kinds.js').Kind} kind
 * @param {import('../harness/kinds.js').Situation} situation
 * @param {import('../harness/profile.js').Profile} browser
 */
async function typeCode(kind, situation, browser) {
  const page = await browser.context.newPage();
  await page.goto(`${kind.gate.origin}${kind.path}`);
  await page.fill('input[name=email]', situation.mail.to);
  await page.fill('input[name=code]', situation.mail.code);
  await kind.fill(situation, page);
  await browser.press(page);
  await kind.check(situation, browser, page);
}

describe('em4 a magic link between two browsers', { concurrency: 4 }, () => {
  it('opened elsewhere it signs nobody in, and its code signs the first browser in', options, async () => {
    const situation = await magicLink.ask();
    const away = await newProfile(magicLink.gate, 'away');
    const page = await away.follow(situation.mail.link);
    assert.match(String(await page.textContent('main')), /asked for in another browser/);
    await page.evaluate('for (const form of document.forms) form.noValidate = true');
    await away.press(page);
    assert.deepEqual(await away.sessionCookies(), [], 'a button without the code does nothing');
    await typeCode(magicLink, situation, situation.home);
    assert.deepEqual(await away.sessionCookies(), []);
    await away.close();
    await situation.home.close();
  });

  it('a wrong code is refused, and then the right one works', options, async () => {
    const situation = await magicLink.ask();
    const away = await newProfile(magicLink.gate, 'away');
    const page = await away.follow(situation.mail.link);
    const wrong = situation.mail.code === '12345678' ? '87654321' : '12345678';
    await page.getByLabel('Code from the mail').fill(wrong);
    await away.press(page);
    assert.match(String(await page.textContent('.error')), /not good/);
    assert.deepEqual(await away.sessionCookies(), []);
    await magicLink.fill(situation, page);
    await away.press(page);
    await magicLink.check(situation, away, page);
    await away.close();
    await situation.home.close();
  });

  it("somebody else's link does not sign a browser in that has asked for its own", options, async () => {
    const [victim, attacker] = await Promise.all([magicLink.ask(), magicLink.ask()]);
    const page = await victim.home.follow(attacker.mail.link);
    assert.equal(await page.getByLabel('Code from the mail').count(), 1, 'it asks for what only the attacker has');
    assert.deepEqual(await victim.home.sessionCookies(), []);
    const own = await victim.home.follow(victim.mail.link);
    await victim.home.press(own);
    await magicLink.check(victim, victim.home, own);
    await victim.home.close();
    await attacker.home.close();
  });
});

describe('a code does what its link does', { concurrency: 4 }, () => {
  for (const kind of kinds) {
    it(`${kind.name}: address and code, typed in another browser`, options, async () => {
      const situation = await kind.ask();
      const away = await newProfile(kind.gate, 'away');
      await typeCode(kind, situation, away);
      await away.close();
      await situation.home.close();
    });
  }
});

describe('links that are written down wrongly', { concurrency: 4 }, () => {
  it(
    'a link that somebody wrote down wrongly is said to be dead, and its code still works there',
    options,
    async () => {
      const situation = await resetPassword.ask();
      const away = await newProfile(resetPassword.gate, 'away');
      const page = await away.follow(situation.mail.link.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')));
      assert.equal(await page.textContent('h1'), 'This link is not good any more');
      await page.fill('input[name=email]', situation.mail.to);
      await page.fill('input[name=code]', situation.mail.code);
      await resetPassword.fill(situation, page);
      await away.press(page);
      await resetPassword.check(situation, away, page);
      await away.close();
      await situation.home.close();
    },
  );

  it('a link to one page is good at no other', options, async () => {
    const situation = await resetPassword.ask();
    for (const { path } of kinds.filter((kind) => kind.path !== resetPassword.path)) {
      const page = await situation.home.follow(situation.mail.link.replace(resetPassword.path, path));
      assert.equal(await page.textContent('h1'), 'This link is not good any more', path);
    }
    const page = await situation.home.follow(situation.mail.link);
    await resetPassword.fill(situation, page);
    await situation.home.press(page);
    await resetPassword.check(situation, situation.home, page);
    await situation.home.close();
  });
});

describe('em3 a link that the browser has fetched before it was clicked', { concurrency: 4 }, () => {
  for (const [where, rules] of /** @type {const} */ ([
    ['home', 'prefetch'],
    ['home', 'prerender'],
    ['away', 'prefetch'],
    ['away', 'prerender'],
  ])) {
    it(`works when it is clicked on the very page that had it fetched: ${rules}, ${where}`, options, async () => {
      const situation = await magicLink.ask();
      const { gate } = magicLink;
      const browser = where === 'home' ? situation.home : await newProfile(gate, 'away');
      const { link } = situation.mail;
      const page = await browser.context.newPage();
      const urls = speculation({ [rules]: [{ urls: [link], eagerness: 'immediate' }] });
      await page.goto(elsewhere.beside + elsewhere.put(`${urls}<a href="${link}">go on here</a>`));
      const purposes = () => gate.wire.by(browser.userAgent).map((one) => String(one.headers['sec-purpose']));
      await until(() => purposes().some((purpose) => purpose.startsWith('prefetch')), `a ${rules} of ${link}`);
      await page.waitForLoadState('networkidle');
      await page.click('a');
      await page.waitForURL(`${gate.origin}/**`, { waitUntil: 'load' });
      assert.deepEqual(await browser.sessionCookies(), []);
      await magicLink.fill(situation, page);
      await browser.press(page);
      await magicLink.check(situation, browser, page);
      await browser.close();
      if (where === 'away') await situation.home.close();
    });
  }
});

describe('wb8 pages of ours in a frame of somebody else', { concurrency: 4 }, () => {
  for (const from of /** @type {const} */ (['site', 'beside'])) {
    it(
      `the frame stays empty (${from === 'site' ? 'another site' : 'another port of the host'})`,
      options,
      async () => {
        const situation = await verifyEmail.ask();
        const { gate } = verifyEmail;
        const own = elsewhere.put('<h1>Elsewhere</h1>');
        const pages = [
          ...kinds.map((kind) => `${gate.origin}${kind.path}`),
          situation.mail.link,
          `${gate.origin}/dev/mailbox`,
        ];
        const frames = [elsewhere[from] + own, ...pages].map((src) => `<iframe src="${src}"></iframe>`).join('');
        const page = await situation.home.context.newPage();
        await page.goto(elsewhere[from] + elsewhere.put(frames), { waitUntil: 'networkidle' });
        const [shown, ...empty] = page.frames().filter((frame) => frame !== page.mainFrame());
        assert.equal(await shown.textContent('h1'), 'Elsewhere', 'frames do show what lets itself be framed');
        assert.equal(empty.length, pages.length);
        for (const frame of empty) {
          assert.equal(
            await frame.locator('form, .product, .mails').count(),
            0,
            `${frame.url()} shows ${await frame.content()}`,
          );
        }
        await situation.home.context.close();
      },
    );
  }
});

describe('the mailbox of development', { concurrency: 4 }, () => {
  it('shows the mail as HTML and as text, and its button leads on', options, async () => {
    const situation = await verifyEmail.ask();
    const page = await situation.home.context.newPage();
    await page.goto(`${verifyEmail.gate.origin}/dev/mailbox`);
    await page.locator('main a', { hasText: situation.mail.to }).click();
    assert.ok(String(await page.textContent('pre')).includes(situation.mail.link), 'as text');
    const [opened] = await Promise.all([
      situation.home.context.waitForEvent('page'),
      page.frameLocator('iframe').getByRole('link', { name: 'Confirm' }).click(),
    ]);
    await opened.waitForLoadState();
    await situation.home.press(opened);
    await verifyEmail.check(situation, situation.home, opened);
    await situation.home.close();
  });
});
