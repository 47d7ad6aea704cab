// Every kind of mail that carries a link: how it is asked for, what a person does with it, and what is true afterwards.

import assert from 'node:assert/strict';
import { PASSWORD, newEmail } from './api.js';
import { gates, newProfile } from './world.js';

/** @typedef {import('./api.js').Account} Account */
/** @typedef {import('./mailbox.js').Mail} Mail */
/** @typedef {import('./profile.js').Profile} Profile */
/** @typedef {import('playwright-core').Page} Page */

/**
 * A mail that has come, and those it is about.
 * @typedef {object} Situation
 * @property {Mail} mail
 * @property {Profile} home the browser that asked for it
 * @property {Account} account of which a scanner must not change anything; for a sign-up, what it would be
 */

/** @typedef {'home' | 'away'} Where in the browser that asked, or in another */

/**
 * @typedef {object} Kind
 * @property {string} name
 * @property {string} path where its link leads
 * @property {import('./gate.js').Gate} gate
 * @property {() => Promise<Situation>} ask
 * @property {(situation: Situation) => Promise<object>} state what a scanner must leave as it is
 * @property {(situation: Situation, page: Page) => Promise<void>} fill types what the page asks for
 * @property {(situation: Situation, browser: Profile, page: Page) => Promise<void>} check that it has been done
 * @property {((situation: Situation) => Promise<void>) | null} pressed what is true after a program has pressed
 *   the button, where it can do that: it has shown no more than that the mail arrived, and that is all that these are
 *   about. `null` where pressing does nothing
 */

const NEW_PASSWORD = 'a lantern for otters';
const { optional, required } = gates;

/** @param {Situation} situation */
const stateOf = ({ account }) => optional.api.state(account);
const nothingToType = async () => {};

/**
 * The code, where the page asks for it beside the link.
 * @param {Situation} situation
 * @param {Page} page
 */
async function codeIfAsked({ mail }, page) {
  const code = page.getByLabel('Code from the mail');
  if (await code.count()) await code.fill(mail.code);
}

/**
 * @param {Page} page
 * @param {string} says
 */
const assertTitle = async (page, says) => assert.equal(await page.textContent('h1'), says);

/**
 * @param {Profile} browser
 * @param {number} count
 */
const assertSessions = async (browser, count) => {
  // One session has two cookies, whose names end alike.
  const tags = (await browser.sessionCookies()).map((name) => name.split('_').pop());
  assert.equal(new Set(tags).size, count);
};

/** An account, and the browser of whoever has it. */
async function anAccount() {
  const [account, home] = await Promise.all([optional.api.signUp(), newProfile(optional, 'home')]);
  return { account, home };
}

/** @type {Kind} */
const verifyEmail = {
  name: 'the proof of an address',
  path: '/verify-email',
  gate: optional,
  async ask() {
    const { account, home } = await anAccount();
    return { account, home, mail: await optional.mailbox.mail(account.email, 'verify_email') };
  },
  state: stateOf,
  fill: nothingToType,
  async check({ account }, browser, page) {
    await assertTitle(page, 'Your e-mail address is confirmed');
    await assertSessions(browser, 0);
    assert.equal((await optional.api.state(account)).account.email_verified, true);
  },
  async pressed({ account }) {
    const { account: now, sessions } = await optional.api.state(account);
    assert.equal(now.email_verified, true, 'that it arrived is what this mail proves');
    assert.equal(sessions.length, 1);
  },
};

/** @type {Kind} */
const signUp = {
  name: 'the end of a sign-up',
  path: '/verify-email',
  gate: required,
  async ask() {
    const [email, home] = [newEmail(), await newProfile(required, 'home')];
    assert.equal(await home.post('/auth/signup', { email, password: PASSWORD }), 202);
    const account = { email, password: PASSWORD, token: '' };
    return { account, home, mail: await required.mailbox.mail(email, 'verify_email') };
  },
  state: async ({ account }) => ({ login: await required.api.login(account.email, account.password) }),
  async fill({ account }, page) {
    const password = page.getByLabel('The password that you chose when you signed up');
    if (await password.count()) await password.fill(account.password);
  },
  async check({ account }, browser, page) {
    await assertTitle(page, 'You are signed in');
    await assertSessions(browser, 1);
    assert.equal(await required.api.login(account.email, account.password), 200);
  },
  pressed: null,
};

/** @type {Kind} */
const resetPassword = {
  name: 'a forgotten password',
  path: '/reset-password',
  gate: optional,
  async ask() {
    const { account, home } = await anAccount();
    assert.equal(await home.post('/auth/password/forgot', { email: account.email }), 202);
    return { account, home, mail: await optional.mailbox.mail(account.email, 'reset_password') };
  },
  state: stateOf,
  fill: (_, page) => page.getByLabel('New password').fill(NEW_PASSWORD),
  async check({ account }, browser, page) {
    await assertTitle(page, 'Your new password is set');
    await assertSessions(browser, 0);
    assert.equal(await optional.api.login(account.email, account.password), 401);
    assert.equal(await optional.api.login(account.email, NEW_PASSWORD), 200);
    const { status } = await optional.api.call('GET', '/auth/me', undefined, account.token);
    assert.equal(status, 401, 'all sessions end');
  },
  pressed: null,
};

/** @type {Kind} */
const magicLink = {
  name: 'a magic link',
  path: '/magic-link',
  gate: optional,
  async ask() {
    const { account, home } = await anAccount();
    const { link } = await optional.mailbox.mail(account.email, 'verify_email');
    const token = new URL(link).searchParams.get('token');
    await optional.api.must('POST', '/auth/email/verify', { token });
    assert.equal(await home.post('/auth/magic-link', { email: account.email }), 202);
    return { account, home, mail: await optional.mailbox.mail(account.email, 'magic_link') };
  },
  state: stateOf,
  fill: codeIfAsked,
  async check({ account }, browser, page) {
    await assertTitle(page, 'You are signed in');
    await assertSessions(browser, 1);
    assert.equal((await optional.api.state(account)).sessions.length, 2);
  },
  pressed: null,
};

/** An account that has asked for another address, and the mail to that one. */
async function changeAsked() {
  const { account, home } = await anAccount();
  const to = newEmail();
  await optional.api.must('PUT', '/auth/email', { email: to }, account.token);
  return { account, home, mail: await optional.mailbox.mail(to, 'confirm_email') };
}

/** @type {Kind} */
const confirmEmail = {
  name: 'the proof of a new address',
  path: '/confirm-email',
  gate: optional,
  ask: changeAsked,
  state: stateOf,
  fill: codeIfAsked,
  async check({ account, mail }, browser, page) {
    await assertTitle(page, 'Your account has its new e-mail address');
    await assertSessions(browser, 0);
    assert.equal((await optional.api.state(account)).account.email, mail.to);
  },
  pressed: null,
};

/** @param {Situation} situation */
async function assertTakenBack({ account, mail }) {
  const { status } = await optional.api.call('GET', '/auth/me', undefined, account.token);
  assert.equal(status, 401, 'all sessions end');
  assert.equal(await optional.api.login(mail.to, account.password), 401, 'the password is forgotten');
  await optional.mailbox.mail(mail.to, 'reset_password');
}

/** @type {Kind} */
const undoEmail = {
  name: 'the way back to the old address',
  path: '/undo-email',
  gate: optional,
  async ask() {
    const { account, home, mail } = await changeAsked();
    await optional.api.must('POST', '/auth/email/confirm', { token: new URL(mail.link).searchParams.get('token') });
    return { account, home, mail: await optional.mailbox.mail(account.email, 'undo_email') };
  },
  state: stateOf,
  fill: codeIfAsked,
  async check(situation, browser, page) {
    await assertTitle(page, 'Your account has its old e-mail address again');
    await assertSessions(browser, 0);
    await assertTakenBack(situation);
  },
  pressed: null,
};

/** @type {Kind} */
const invitation = {
  name: 'an invitation',
  path: '/invitation',
  gate: optional,
  async ask() {
    const { account, home } = await anAccount();
    const to = newEmail();
    await optional.api.must('POST', '/auth/invitations', { email: to }, account.token);
    return { account, home, mail: await optional.mailbox.mail(to, 'invitation') };
  },
  state: stateOf,
  fill: ({ mail }, page) => page.getByLabel('Username').fill(guestOf(mail)),
  async check({ account, mail }, browser, page) {
    await assertTitle(page, 'Welcome');
    await assertSessions(browser, 1);
    assert.ok((await optional.api.state(account)).users.includes(guestOf(mail)));
  },
  pressed: null,
};

/** @param {Mail} mail */
const guestOf = (mail) => `guest-${mail.to.split('@')[0]}`;

export const kinds = [verifyEmail, signUp, resetPassword, magicLink, confirmEmail, undoEmail, invitation];
export { magicLink, resetPassword, signUp, verifyEmail };
