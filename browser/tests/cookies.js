// The cookies as the browser keeps them: which there are, where they go, who can read them and for how long (DESIGN 6.2,
// SECURITY WB1, WB2). By TLS they are bound to the host; without it, on loopback, they have plain names.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LOOKS, called } from '../harness/looks.js';
import { Person } from '../harness/person.js';
import { gates } from '../harness/world.js';

const options = { timeout: 90_000 };
const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
/** What there may be, and for how long each is kept, in seconds. */
const KNOWN = /** @type {const} */ ({
  rt: { pattern: /^gw_rt_[0-9a-z]{8,16}$/, sameSite: 'Strict', life: 30 * DAY, value: /^gwr_[0-9A-Za-z]+_[0-9A-Za-z]{6}$/ },
  at: { pattern: /^gw_at_[0-9a-z]{8,16}$/, sameSite: 'Lax', life: 10 * MINUTE, value: /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/ },
  form: { pattern: /^gw_form$/, sameSite: 'Lax', life: DAY, value: /^[\w-]{43}$/ },
  selection: { pattern: /^gw_selection$/, sameSite: 'Lax', life: 5 * MINUTE, value: /^eyJ/ },
  known: { pattern: /^gw_known$/, sameSite: 'Lax', life: 180 * DAY, value: /^[\w-]+\.[\w-]+$/ },
  asked: { pattern: /^gw_asked$/, sameSite: 'Lax', life: 10 * MINUTE, value: /^[\w-]+$/ },
  browser: { pattern: /^gw_browser$/, sameSite: 'Lax', life: DAY, value: /^[\w-]+$/ },
  mail: { pattern: /^gw_mail_[a-z_]+$/, sameSite: 'Lax', life: 10 * MINUTE, value: /^gwm_\w+$/ },
  chosen: { pattern: /^gw_chosen$/, sameSite: 'Lax', life: 400 * DAY, value: /^[0-9a-z]+\.[0-9a-z]+$/ },
});
/** How long the answer and the reading of it may take. */
const SLACK_SECS = 30;
/** Browsers keep none for longer. */
const LONGEST_SECS = 400 * DAY;

/** @typedef {keyof typeof KNOWN} Kind */

/**
 * These are all that the browser has, and each is what it has to be.
 * @param {Person} person
 * @param {Kind[]} kinds
 */
async function assertCookies(person, kinds) {
  const isTls = person.gate.origin.startsWith('https:');
  const prefix = isTls ? '__Host-' : '';
  const found = [];
  for (const cookie of await person.cookies()) {
    assert.ok(cookie.name.startsWith(prefix), cookie.name);
    const bare = cookie.name.slice(prefix.length);
    const kind = /** @type {Kind} */ (Object.keys(KNOWN).find((one) => KNOWN[/** @type {Kind} */ (one)].pattern.test(bare)));
    assert.ok(kind, `nobody knows ${cookie.name}`);
    const { sameSite, life, value } = KNOWN[kind];
    found.push(kind);
    assert.equal(cookie.httpOnly, true, `${bare} is for no script`);
    assert.equal(cookie.secure, isTls, `${bare} goes by TLS only`);
    assert.equal(cookie.sameSite, sameSite, bare);
    assert.equal(cookie.path, '/', bare);
    assert.equal(cookie.domain, '127.0.0.1', `${bare} is this very host's`);
    assert.match(cookie.value, value, bare);
    assert.ok(cookie.name.length + cookie.value.length <= 4096, bare);
    const rest = cookie.expires - Date.now() / 1000;
    assert.ok(rest <= life + 1 && rest > life - SLACK_SECS, `${bare} is kept for ${rest} s and not ${life} s`);
    assert.ok(rest <= LONGEST_SECS + 1);
  }
  assert.deepEqual(found.sort(), [...kinds].sort());
  if (person.page.url() === 'about:blank') return;
  const seen = await person.page.evaluate('document.cookie + localStorage.length + sessionStorage.length');
  assert.equal(seen, '00', 'no script sees any, and nothing else is kept');
}

describe('wb1 wb2 cookies as the browser keeps them', { concurrency: 4 }, () => {
  for (const gate of [gates.optional, gates.secure]) {
    const how = gate.origin.split(':')[0];
    for (const look of LOOKS.slice(0, 1).concat(LOOKS.slice(3))) {
      it(`from the first page to signing out, by ${how}, ${called(look)}`, options, async () => {
        const person = await Person.come(gate, `cookies/${how}`, look);
        const account = await gate.api.signUp();
        await gate.api.addUser(account, 'Ben');
        await assertCookies(person, []);
        await person.go('/login');
        await assertCookies(person, ['form']);
        await person.fill('E-mail address or username', account.email);
        await person.fill('Password', account.password);
        await person.page.getByLabel('Remember this account in this browser').check();
        await person.press('Sign in');
        await person.at('/select');
        await assertCookies(person, ['form', 'known', 'selection']);
        await person.press(/^Ben/);
        await person.at('/account');
        await assertCookies(person, ['at', 'form', 'known', 'rt']);
        await person.way('Sign out');
        await person.press('Sign out here');
        // What is remembered was asked for, and the key to forms is of use to who signs in next.
        const left = (await person.cookies()).map(({ name }) => name.replace('__Host-gw_', 'gw_'));
        assert.deepEqual(
          left.filter((name) => !['gw_form', 'gw_known'].includes(name)),
          [],
        );
        await person.leave();
      });
    }

    it(`of a link in a mail, by ${how}`, options, async () => {
      const person = await Person.come(gate, `cookies/${how}`);
      const account = await gate.api.signUp();
      await gate.api.proveEmail(gate.mailbox, account);
      await person.go('/login');
      await person.fill('E-mail address or username', account.email);
      await person.press('Mail me a link instead');
      await assertCookies(person, ['asked', 'browser', 'form']);
      const { link } = await gate.mailbox.mail(account.email, 'magic_link');
      await person.click(link);
      await assertCookies(person, ['asked', 'browser', 'form', 'mail']);
      await person.press(`Sign in as ${account.email}`);
      const kinds = (await person.cookies()).map(({ name }) => name.replace('__Host-', ''));
      assert.equal(kinds.filter((name) => /^gw_(?:rt|at)_/.test(name)).length, 2);
      assert.ok(!kinds.some((name) => name.startsWith('gw_mail_')), 'what the link carried is gone');
      await person.leave();
    });
  }
});
