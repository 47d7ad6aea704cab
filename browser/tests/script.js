// What the script of the pages adds: each is there with it, and nobody misses it without.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ADMIN, newEmail } from '../harness/api.js';
import { DESK, LOOKS, TELEPHONE } from '../harness/looks.js';
import { Person } from '../harness/person.js';
import { gates } from '../harness/world.js';

const options = { timeout: 60_000 };
const gate = gates.optional;
const [DESK_LOOK, , WITHOUT] = LOOKS;

/** @param {import('playwright-core').BrowserContextOptions} [more] */
const somebody = (more) => Person.come(gate, 'script', DESK_LOOK, more);

describe('what the script adds', { concurrency: 4 }, () => {
  it('a password can be shown, and is one again when it is sent', options, async () => {
    const person = await somebody();
    await person.go('/login');
    const field = person.page.locator('input[name=password]');
    await field.fill('violet otter');
    await person.page.getByRole('button', { name: /^Show/ }).click();
    assert.equal(await field.getAttribute('type'), 'text');
    await person.page.getByRole('button', { name: /^Hide/ }).click();
    assert.equal(await field.getAttribute('type'), 'password');
    await person.page.getByRole('button', { name: /^Show/ }).click();
    await person.page.fill('input[name=login]', newEmail());
    /** @type {string[]} */
    const types = [];
    await person.page.exposeFunction('isSent', (/** @type {string} */ type) => types.push(type));
    await person.page.evaluate(() =>
      document.forms[0].addEventListener('submit', (sent) => {
        const { type } = /** @type {HTMLInputElement} */ (document.querySelector('input[name=password]'));
        void (/** @type {any} */ (globalThis).isSent(type));
        sent.preventDefault();
      }),
    );
    await person.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await person.page.waitForTimeout(200);
    assert.deepEqual(types, ['password'], 'as browsers that keep passwords want it');
    await person.leave();
  });

  it('without a script there is no button that does nothing', options, async () => {
    const person = await Person.come(gate, 'script', WITHOUT);
    await person.go('/login');
    assert.equal(await person.page.getByRole('button', { name: /^Show/ }).count(), 0);
    await person.leave();
  });

  it('capitals that are locked are said', options, async () => {
    const person = await somebody();
    await person.go('/login');
    const field = person.page.locator('input[name=password]');
    await field.focus();
    const press = (/** @type {boolean} */ locked) =>
      field.evaluate((one, locked) => {
        const key = { key: 'A', bubbles: true, modifierCapsLock: locked };
        one.dispatchEvent(new KeyboardEvent('keydown', key));
        one.dispatchEvent(new KeyboardEvent('keyup', key));
      }, locked);
    await press(true);
    assert.equal(await person.page.getByText('Caps Lock is on.').count(), 1);
    await press(false);
    assert.equal(await person.page.getByText('Caps Lock is on.').count(), 0);
    await person.leave();
  });

  it('what is sent twice in a hurry arrives once', options, async () => {
    const person = await somebody();
    await person.go('/login');
    await person.fill('E-mail address or username', newEmail());
    await person.fill('Password', 'not this one');
    await person.page.route('**/login', async (route) => {
      if (route.request().method() === 'POST') await new Promise((over) => setTimeout(over, 500));
      await route.continue();
    });
    const loaded = person.page.waitForEvent('load');
    await person.page.getByRole('button', { name: 'Sign in', exact: true }).dblclick();
    await loaded;
    const sent = gate.wire.by(person.profile.userAgent).filter((one) => one.method === 'POST');
    assert.equal(sent.length, 1);
    await person.leave();
  });

  it('times are those of the place where one is, and say so', options, async () => {
    const person = await somebody({ timezoneId: 'Asia/Kolkata' });
    await person.profile.signIn(await gate.api.signUp());
    await person.go('/account/activity');
    const time = person.page.locator('main time').first();
    assert.match(String(await time.getAttribute('title')), /UTC$/, 'what the server has said');
    const [shown, said] = [await time.innerText(), await time.getAttribute('title')];
    assert.notEqual(shown, said);
    assert.ok(!shown.includes('UTC'));
    await person.leave();
  });

  it('the menu of who is signed in closes by Escape and by a click elsewhere', options, async () => {
    const person = await somebody();
    await person.profile.signIn(await gate.api.signUp());
    await person.go('/account');
    const menu = person.page.locator('details.who');
    const isOpen = () => menu.evaluate((one) => /** @type {HTMLDetailsElement} */ (one).open);
    await menu.locator('summary').click();
    assert.equal(await isOpen(), true);
    await person.page.keyboard.press('Escape');
    assert.equal(await isOpen(), false);
    assert.equal(await menu.locator('summary:focus').count(), 1);
    await menu.locator('summary').click();
    await person.page.getByRole('heading', { level: 1 }).click();
    assert.equal(await isOpen(), false);
    await person.leave();
  });

  it('on a telephone the room where one is can be seen', options, async () => {
    const person = await Person.come(gate, 'script', { script: true, scheme: 'light', width: TELEPHONE });
    await person.profile.signIn(ADMIN);
    await person.go('/admin/settings');
    const box = await person.page.locator('nav.rooms [aria-current=page]').boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= TELEPHONE, JSON.stringify(box));
    await person.leave();
  });

  it('a page is painted, and signs in, while its script never comes', options, async () => {
    const person = await somebody();
    await person.page.route('**/auth/assets/*.js', () => {});
    await person.page.goto(`${gate.origin}/login`, { waitUntil: 'commit' });
    await person.page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
    await person.page.fill('input[name=login]', newEmail());
    await person.page.fill('input[name=password]', 'violet otter in the rain');
    await person.page.getByRole('button', { name: 'Sign in', exact: true }).click({ noWaitAfter: true });
    await person.page.getByRole('alert').waitFor();
    assert.equal(await person.page.locator('input[name=password]').inputValue(), '', 'a secret does not come back');
    await person.leave();
  });

  it('style and script together are light, kept for ever, and asked for once', options, async () => {
    const person = await somebody();
    await person.go('/login');
    await person.go('/signup');
    const assets = gate.wire.by(person.profile.userAgent).filter((one) => one.path.startsWith('/auth/assets/'));
    for (const suffix of ['.css', '.js']) {
      const asked = assets.filter((one) => one.path.endsWith(suffix));
      assert.equal(asked.length, 1, `${suffix} was asked for once`);
      assert.match(String(asked[0].answered['cache-control']), /immutable/);
    }
    assert.equal(person.page.viewportSize()?.width, DESK);
    await person.leave();
  });
});

// One after the other: a machine has one clipboard.
describe('what is copied and pasted', () => {
  it('a secret that is shown once can be copied', options, async () => {
    const person = await somebody({ permissions: ['clipboard-read', 'clipboard-write'] });
    await person.profile.signIn(ADMIN);
    await person.go('/admin/service-keys/add');
    await person.fill('What it is for', 'copied');
    await person.page.getByLabel('Ask what a token is').check();
    await person.press('Make the key');
    await person.page.getByRole('button', { name: /^Copy/ }).click();
    await person.page.getByText('Copied').waitFor();
    const copied = await person.page.evaluate('navigator.clipboard.readText()');
    assert.match(copied, /^gwk_\w{40,}$/);
    await person.leave();
  });

  for (const [path, name, value] of [
    ['/login', 'password', 'violet otter in the rain'],
    ['/signup', 'password', 'violet otter in the rain'],
    ['/reset-password', 'code', 'ABCDE-12345'],
  ]) {
    it(`${name} at ${path} can be pasted`, options, async () => {
      const person = await somebody({ permissions: ['clipboard-read', 'clipboard-write'] });
      await person.go(path);
      await person.page.evaluate((value) => navigator.clipboard.writeText(value), value);
      await person.page.locator(`input[name=${name}]`).first().focus();
      await person.page.keyboard.press('Control+V');
      assert.equal(await person.page.locator(`input[name=${name}]`).first().inputValue(), value);
      await person.leave();
    });
  }
});
