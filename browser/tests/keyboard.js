// Without a mouse and without eyes: every way by the tab key, Enter, space and the arrows; where the focus is can be seen;
// and what a screen reader is told of the pages, as a tree of roles and names.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ADMIN } from '../harness/api.js';
import { LOOKS, called } from '../harness/looks.js';
import { Person } from '../harness/person.js';
import { gates } from '../harness/world.js';

const options = { timeout: 120_000 };
const gate = gates.optional;
/** More than there is to pass on any page here. */
const MOST_TABS = 60;

/** What has the focus: its role in words, what it is called, and whether one sees that it has it. @param {Person} person */
const focused = (person) =>
  person.page.evaluate(() => {
    const one = /** @type {HTMLElement} */ (document.activeElement);
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    const { top, bottom, width, height } = one.getBoundingClientRect();
    const label = /** @type {HTMLInputElement} */ (one).labels?.[0]?.textContent;
    return {
      tag: one.tagName.toLowerCase(),
      name: (one.getAttribute('aria-label') ?? label ?? one.textContent ?? '').replaceAll(/\s+/g, ' ').trim(),
      isSeen: (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || boxShadow !== 'none',
      isThere: width > 0 && height > 0 && bottom > 0 && top < innerHeight,
    };
  });

/**
 * Tabs until something of this name has the focus, and answers what was passed on the way.
 * @param {Person} person
 * @param {RegExp} name
 */
async function tabTo(person, name) {
  const passed = [];
  for (let tabs = 0; tabs < MOST_TABS; tabs++) {
    await person.page.keyboard.press('Tab');
    const one = await focused(person);
    // Past the last thing of a page comes the browser itself.
    if (one.tag === 'body') continue;
    assert.ok(one.isSeen, `the focus on ${one.tag} "${one.name}" can be seen`);
    assert.ok(one.isThere, `${one.tag} "${one.name}" is in sight`);
    passed.push(one.name);
    if (name.test(one.name)) return passed;
  }
  assert.fail(`${name} is not reached: ${passed.join(' | ')}`);
}

/**
 * @param {Person} person
 * @param {string} key
 */
const pressKey = (person, key) => Promise.all([person.page.waitForEvent('load'), person.page.keyboard.press(key)]);

/** Where the tab key begins again. @param {Person} person */
const fromTheTop = (person) =>
  person.page.evaluate(() => {
    /** @type {HTMLElement} */ (document.activeElement).blur();
    getSelection()?.removeAllRanges();
  });

describe('wcag 2.1 2.4 keyboard only', { concurrency: 4 }, () => {
  for (const look of LOOKS) {
    it(`signing in and choosing who one is, ${called(look)}`, options, async () => {
      const account = await gate.api.signUp();
      await gate.api.addUser(account, 'Ben', '2468');
      const person = await Person.come(gate, 'keyboard/sign-in', look);
      const { keyboard } = person.page;
      await person.go('/login');
      await fromTheTop(person);
      await tabTo(person, /^E-mail address or username/);
      await keyboard.type(account.email);
      await tabTo(person, /^Password/);
      await keyboard.type(account.password);
      await tabTo(person, /^Remember this account/);
      await keyboard.press('Space');
      assert.equal(await person.page.getByLabel('Remember this account').isChecked(), true);
      await tabTo(person, /^Sign in$/);
      await pressKey(person, 'Enter');
      await person.at('/select');
      await tabTo(person, /^B? ?Ben/);
      await pressKey(person, 'Enter');
      if (!/^PIN/.test((await focused(person)).name)) await tabTo(person, /^PIN/);
      await keyboard.type('2468');
      await pressKey(person, 'Enter');
      await person.at('/account');
      await fromTheTop(person);
      const passed = await tabTo(person, /^Your data|^Data/);
      assert.equal(passed[0], 'To the content', 'the first thing leads past the rest');
      await pressKey(person, 'Enter');
      await person.at('/account/data');
      await person.leave();
    });

    it(`past the navigation, ${called(look)}`, options, async () => {
      const account = await gate.api.signUp();
      const person = await Person.come(gate, 'keyboard/skip', look);
      await person.profile.signIn(account);
      await person.go('/account/users');
      await person.page.keyboard.press('Tab');
      assert.equal((await focused(person)).name, 'To the content');
      await person.page.keyboard.press('Enter');
      await person.page.keyboard.press('Tab');
      const isInside = await person.page.evaluate("document.activeElement.closest('main') !== null");
      assert.ok(isInside, 'the next thing is in the content');
      await person.leave();
    });

    it(`one of several by the arrows, ${called(look)}`, options, async () => {
      const person = await Person.come(gate, 'keyboard/arrows', look);
      await person.profile.signIn(ADMIN);
      await person.go('/admin');
      const period = person.page.getByLabel('Of which time');
      await period.focus();
      await person.page.keyboard.press('ArrowUp');
      const label = await period.evaluate((one) => /** @type {HTMLSelectElement} */ (one).selectedOptions[0].label);
      assert.equal(label, 'The last 24 hours');
      await person.leave();
    });
  }
});

describe('wcag 4.1.2 what a screen reader is told', { concurrency: 4 }, () => {
  it('signing in', options, async () => {
    const person = await Person.come(gate, 'names/login');
    await person.go('/login');
    const tree = await person.page.locator('body').ariaSnapshot();
    for (const line of [
      /- heading "Sign in" \[level=1\]/,
      /- textbox "E-mail address or username"/,
      /- textbox "Password"/,
      /- checkbox "Remember this account in this browser/,
      /- button "Sign in"/,
      /- link "Forgotten your password\?"/,
      /- main/,
    ]) {
      assert.match(tree, line);
    }
    await person.leave();
  });

  it('who is there', options, async () => {
    const account = await gate.api.signUp();
    await gate.api.addUser(account, 'Ben', '2468');
    const person = await Person.come(gate, 'names/select');
    await person.byPassword(account);
    const tree = await person.page.locator('body').ariaSnapshot();
    for (const line of [/- heading "Who is there\?" \[level=1\]/, /- button "Ben.*PIN.*"/]) assert.match(tree, line);
    // A face is an ornament beside the name.
    assert.doesNotMatch(tree, /- img/);
    await person.leave();
  });

  it('at home', options, async () => {
    const person = await Person.come(gate, 'names/account');
    await person.profile.signIn(await gate.api.signUp());
    await person.go('/account/sessions');
    const tree = await person.page.locator('body').ariaSnapshot();
    for (const line of [
      /- navigation "Account"/,
      /- link "Devices"/,
      /- heading "Where you are signed in" \[level=1\]/,
      /- listitem/,
      /button "Sign out: .+"/,
    ]) {
      assert.match(tree, line);
    }
    assert.equal(await person.page.locator('nav [aria-current=page]').innerText(), 'Devices');
    await person.leave();
  });

  it('those who run it', options, async () => {
    const person = await Person.come(gate, 'names/admin');
    await person.profile.signIn(ADMIN);
    await person.go('/admin');
    const tree = await person.page.locator('body').ariaSnapshot();
    for (const line of [/- navigation "Administration"/, /- heading "Overview" \[level=1\]/, /img ".+"/]) {
      assert.match(tree, line);
    }
    await person.leave();
  });

  it('a mistake is told at once, and where it is', options, async () => {
    const person = await Person.come(gate, 'names/mistake');
    await person.go('/login');
    await person.send();
    const tree = await person.page.locator('body').ariaSnapshot();
    assert.match(tree, /- alert/);
    assert.equal(await person.page.locator('[aria-invalid=true]:focus').count(), 1);
    await person.leave();
  });
});
