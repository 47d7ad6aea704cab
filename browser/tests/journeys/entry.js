// In and out: signing up, signing in by each way, a forgotten password, where one is led, several accounts in one
// browser, signing out.

import assert from 'node:assert/strict';
import { PASSWORD, newEmail } from '../../harness/api.js';
import { journeys } from '../../harness/journey.js';
import { gates } from '../../harness/world.js';

/** @typedef {import('../../harness/person.js').Person} Person */

const { optional, required } = gates;
const LOGIN = 'E-mail address or username';
const OTHER_PASSWORD = 'a lantern for otters';

/**
 * @param {Person} person
 * @param {string} login
 * @param {string} password
 */
async function signIn(person, login, password) {
  await person.fill(LOGIN, login);
  await person.fill('Password', password);
  await person.press('Sign in');
}

/** @param {Person} person */
async function assertOut(person) {
  await person.go('/account');
  await person.at('/login', 'Sign in');
}

/** @param {Person} person */
async function signOut(person) {
  await person.way('Sign out');
  await person.at('/logout', 'Sign out?');
  await person.press('Sign out here');
}

journeys('entry', {
  'sign up and be at home': async (person) => {
    await person.go('/login');
    await person.follow('Make an account');
    await person.at('/signup', 'Make an account');
    await person.shoot('empty');
    const email = newEmail();
    await person.fill('E-mail address', email);
    await person.fill('Password', 'short');
    await person.fill('What you want to be called', 'Grace Hopper');
    await person.sendAnyway('Make account');
    await person.at('/signup');
    assert.equal(person.answer?.status(), 422);
    await person.assertWrong('Password', /at least 8 characters/);
    assert.equal(await person.page.getByLabel('E-mail address').inputValue(), email, 'what was typed is kept');
    assert.equal(await person.page.getByLabel('Password', { exact: true }).inputValue(), '', 'but for the password');
    await person.shoot('password-too-short');
    await person.fill('Password', PASSWORD);
    await person.press('Make account');
    await person.at('/account', 'Your profile');
    assert.match(await person.says(), new RegExp(email));
    await person.shoot('account');
    await person.go('/signup');
    await person.fill('E-mail address', email);
    await person.fill('Password', PASSWORD);
    await person.press('Make account');
    assert.equal(person.answer?.status(), 409);
    await person.assertWrong('E-mail address', /has this address already/);
    await person.shoot('address-taken');
  },

  'sign in by address and by username': async (person) => {
    const account = await optional.api.signUp();
    const { user } = await optional.api.must('GET', '/auth/me', undefined, account.token);
    await person.go('/login');
    await person.shoot('empty');
    for (const login of [account.email, user.username]) {
      await person.go('/login');
      await signIn(person, login, account.password);
      await person.at('/account', 'Your profile');
      await signOut(person);
    }
  },

  'a wrong password is said at its field': async (person) => {
    const account = await optional.api.signUp();
    await person.go('/login');
    for (const login of [account.email, newEmail()]) {
      await signIn(person, login, 'not this one');
      await person.at('/login', 'Sign in');
      assert.equal(person.answer?.status(), 401);
      await person.assertWrong('Password', /do not fit together/);
      assert.equal(await person.page.getByLabel(LOGIN).inputValue(), login, 'what was typed is kept');
      assert.equal(await person.page.getByLabel('Password', { exact: true }).inputValue(), '');
    }
    await person.shoot('wrong-password');
    await signIn(person, account.email, account.password);
    await person.at('/account');
  },

  'a forgotten password': async (person) => {
    const account = await optional.api.signUp();
    await person.go('/login');
    await person.follow('Forgotten your password?');
    await person.at('/forgot-password', 'Forgotten your password?');
    await person.shoot('ask');
    await person.fill('E-mail address', account.email);
    await person.press('Send the mail');
    assert.equal(await person.heading(), 'Look at your mail');
    await person.shoot('look-at-your-mail');
    const { link } = await optional.mailbox.mail(account.email, 'reset_password');
    await person.click(link);
    await person.shoot('choose-a-new-one');
    await person.fill('New password', OTHER_PASSWORD);
    await person.press('Set password');
    assert.equal(await person.heading(), 'Your new password is set');
    await person.shoot('done');
    await person.go('/login');
    await signIn(person, account.email, OTHER_PASSWORD);
    await person.at('/account');
  },

  'a link in a mail instead of a password': async (person, another) => {
    const account = await optional.api.signUp();
    await optional.api.proveEmail(optional.mailbox, account);
    await person.go('/login');
    await person.fill(LOGIN, account.email);
    await person.press('Mail me a link instead');
    await person.at('/magic-link');
    await person.shoot('look-at-your-mail');
    const mail = await optional.mailbox.mail(account.email, 'magic_link');
    await person.click(mail.link);
    await person.shoot('link-followed');
    await person.press(`Sign in as ${account.email}`);
    await person.go('/account');
    await person.at('/account');
    // On another device: by the code.
    const other = await another();
    await other.go('/login');
    await other.fill(LOGIN, account.email);
    await other.press('Mail me a link instead');
    const { code } = await optional.mailbox.mail(account.email, 'magic_link', [mail]);
    await other.fill('Code from the mail', code === '12345678' ? '87654321' : '12345678');
    await other.press('Sign in');
    await other.assertWrong('Code from the mail', /not good/);
    await other.shoot('wrong-code');
    await other.fill('Code from the mail', code);
    await other.press('Sign in');
    await other.go('/account');
    await other.at('/account');
  },

  'signing out leaves nothing behind': async (person) => {
    const account = await optional.api.signUp();
    await person.go('/login');
    await signIn(person, account.email, account.password);
    await person.go('/account/security');
    await person.shoot('the-way-out');
    await signOut(person);
    await person.at('/login');
    assert.match(await person.says(), /You are signed out/);
    await person.shoot('signed-out');
    const answers = person.gate.wire.by(person.profile.userAgent);
    const signingOut = answers.find((one) => one.path === '/logout' && one.method === 'POST');
    assert.match(String(signingOut?.answered['clear-site-data']), /"storage"/);
    assert.deepEqual(await person.profile.sessionCookies(), [], 'as stored by the browser');
    const privately = answers.filter((one) => one.path.startsWith('/account'));
    for (const one of privately) assert.match(String(one.answered['cache-control']), /no-store/);
    await person.back();
    assert.ok(!(await person.page.content()).includes(account.email), 'going back shows nothing private');
    await assertOut(person);
    const { status } = await optional.api.call('GET', '/auth/me', undefined, account.token);
    assert.equal(status, 200, 'other devices stay signed in');
  },

  'signing out everywhere': async (person, another) => {
    const account = await optional.api.signUp();
    const other = await another();
    for (const one of [person, other]) {
      await one.go('/login');
      await signIn(one, account.email, account.password);
    }
    await person.way('Sign out');
    await person.press('Sign out everywhere');
    await assertOut(other);
    await assertOut(person);
  },

  'one is led to where one wanted to go': async (person) => {
    const account = await optional.api.signUp();
    await person.go('/account/sessions');
    await person.at('/login');
    // A mistake and another page on the way do not lose it.
    await signIn(person, account.email, 'not this one');
    await signIn(person, account.email, account.password);
    await person.at('/account/sessions');
    await signOut(person);
    for (const hostile of ['https://webmail.test/', '//webmail.test', '/\\webmail.test', 'javascript:alert(1)']) {
      await person.go(`/login?next=${encodeURIComponent(hostile)}`);
      await signIn(person, account.email, account.password);
      await person.at('/account');
      await signOut(person);
    }
  },

  'several accounts in one browser': async (person) => {
    const accounts = [await optional.api.signUp(), await optional.api.signUp()];
    await person.go('/login');
    await signIn(person, accounts[0].email, accounts[0].password);
    assert.ok(!(await person.cookies()).some(({ name }) => name === 'gw_known'), 'remembered only by who asks for it');
    await person.go('/login');
    await person.page.getByLabel('Remember this account in this browser').check();
    await signIn(person, accounts[1].email, accounts[1].password);
    assert.equal((await person.profile.sessionCookies()).length, 4, 'a session each, in two cookies each');
    await person.at('/account');
    assert.match(await person.says(), new RegExp(accounts[1].email), 'the newer one counts');
    await person.go('/choose-account');
    await person.at('/choose-account', 'Choose an account');
    await person.shoot('chooser');
    await person.press(/^Go on/, person.item(accounts[0].email));
    await person.go('/account');
    assert.match(await person.says(), new RegExp(accounts[0].email));
    // Each has its own session: signing out of one leaves the other.
    await signOut(person);
    await person.go('/account');
    assert.match(await person.says(), new RegExp(accounts[1].email));
    await signOut(person);
    assert.deepEqual(await person.profile.sessionCookies(), []);
    await person.go('/choose-account');
    await person.shoot('chooser-remembered');
    assert.ok(!(await person.says()).includes(accounts[0].email));
    assert.match(await person.says(), /Remembered, not signed in/);
    await person.press(/^Forget/, person.item(accounts[1].email));
    assert.match(await person.says(), /No account is known/);
    await person.shoot('chooser-empty');
    assert.ok(!(await person.cookies()).some(({ name }) => name === 'gw_known'));
  },
});

journeys(
  'entry where addresses are proved first',
  {
    'sign up with a link': async (person) => {
      const email = newEmail();
      await person.go('/signup');
      await person.fill('E-mail address', email);
      await person.fill('Password', PASSWORD);
      await person.press('Make account');
      assert.equal(await person.heading(), 'Look at your mail');
      await person.shoot('look-at-your-mail');
      const { link } = await required.mailbox.mail(email, 'verify_email');
      await person.click(link);
      await person.shoot('link-followed');
      await person.press(/./, person.page.locator('main'));
      await person.go('/account');
      await person.at('/account');
    },
    'an address that has an account is told nothing else': async (person) => {
      const email = newEmail();
      const says = [];
      for (let time = 0; time < 2; time++) {
        await person.go('/signup');
        await person.fill('E-mail address', email);
        await person.fill('Password', PASSWORD);
        await person.press('Make account');
        says.push([person.answer?.status(), await person.says()]);
        await required.mailbox.mail(email, 'verify_email');
      }
      assert.deepEqual(says[0], says[1]);
    },
  },
  required,
);
