// Those who run it: what happens as plots and as a list, accounts, roles, keys, rules, mails. They share one account, as
// the demo has it, so each asks for what is its own.

import assert from 'node:assert/strict';
import { ADMIN } from '../../harness/api.js';
import { journeys } from '../../harness/journey.js';
import { called } from '../../harness/looks.js';
import { until } from '../../harness/until.js';
import { elsewhere, gates } from '../../harness/world.js';

/** @typedef {import('../../harness/person.js').Person} Person */

const { optional } = gates;
let counted = 0;
/** A name that nothing else has. @param {string} what */
const named = (what) => `${what}-${Date.now().toString(36)}${++counted}`;

/** @param {Person} person */
async function enter(person) {
  await person.profile.signIn(ADMIN);
  await person.go('/admin');
  await person.at('/admin', 'Overview');
}

journeys('admin', {
  'what goes on, drawn': async (person) => {
    await person.go('/admin');
    await person.at('/login');
    await person.fill('E-mail address or username', ADMIN.email);
    await person.fill('Password', ADMIN.password);
    await person.press('Sign in');
    await person.at('/admin', 'Overview');
    const plots = person.page.getByRole('img');
    assert.ok((await plots.count()) >= 5, 'sign-ins, refreshes, failures, thefts, latency');
    const named = person.page.getByRole('img', { name: /\w/ });
    assert.equal(await named.count(), await plots.count(), 'each has a name');
    await person.shoot('day');
    await person.page.getByLabel('Of which time').selectOption({ label: 'The last 30 days' });
    await person.press('Show');
    await person.at('/admin');
    await person.shoot('month');
    const numbers = person.page.getByText('Show the numbers').first();
    await numbers.click();
    assert.ok(await person.page.getByRole('table').first().isVisible(), 'the same as numbers');
    await person.shoot('numbers');
  },

  'an account is found and disabled, and its user is out': async (person, another) => {
    const account = await optional.api.signUp();
    const user = await another();
    await user.profile.signIn(account);
    await user.go('/account');
    await enter(person);
    await person.follow('Accounts', person.rooms());
    await person.at('/admin/accounts', 'Accounts');
    await person.shoot('accounts');
    await person.fill('Address begins with', account.email);
    await person.press('Search');
    await person.shoot('found');
    await person.follow(account.email, person.page.locator('main'));
    await person.shoot('account');
    await person.press('Disable');
    assert.match(await person.says(), /Nobody can sign in any more, and all devices are signed out/);
    await person.shoot('disabled');
    await user.follow('Devices');
    await user.at('/login');
    await user.fill('E-mail address or username', account.email);
    await user.fill('Password', account.password);
    await user.press('Sign in');
    await user.at('/login');
    assert.equal(user.answer?.status(), 401, 'and cannot come back');
    await person.press('Enable again');
    assert.match(await person.says(), /It can be used again/);
    assert.equal(await optional.api.login(account.email, account.password), 200);
    await person.go('/admin/accounts?search=nobody-has-this');
    assert.match(await person.says(), /There is no such account/);
    await person.shoot('none-found');
  },

  'an account is deleted by who types its address': async (person) => {
    const account = await optional.api.signUp();
    const { account: seen } = await optional.api.must('GET', '/auth/me', undefined, account.token);
    await enter(person);
    await person.go(`/admin/accounts/${seen.id}`);
    await person.follow('Delete the account');
    await person.fill('The address of the account, to be sure', 'somebody@example.test');
    await person.press('Delete it for ever');
    await person.assertWrong('The address of the account, to be sure', /not the address/);
    await person.shoot('wrong-address');
    await person.fill('The address of the account, to be sure', account.email);
    await person.press('Delete it for ever');
    await person.at('/admin/accounts');
    assert.match(await person.says(), /The account is deleted/);
    assert.equal(await optional.api.login(account.email, account.password), 401);
  },

  'a service key is shown once': async (person) => {
    await enter(person);
    await person.follow('Service keys', person.rooms());
    await person.follow('Make a service key');
    await person.sendAnyway('Make the key');
    await person.assertWrong('What it is for', /Give it a name/);
    await person.shoot('without-a-name');
    const name = named('checker');
    await person.fill('What it is for', name);
    await person.page.getByLabel('Ask what a token is').check();
    await person.press('Make the key');
    assert.equal(await person.heading(), 'Your new service key');
    const key = /gwk_\w+/.exec(await person.page.content())?.[0] ?? '';
    assert.ok(key.length > 40, 'the key is there');
    await person.shoot('made');
    await person.go(new URL(person.page.url()).pathname);
    assert.ok(!(await person.page.content()).includes(key), 'not any more');
    await person.go('/admin/service-keys');
    assert.match(await person.says(), new RegExp(name));
    assert.ok(!(await person.page.content()).includes(key));
    await person.shoot('list');
    const { token } = await optional.api.signUp();
    const introspect = () => optional.api.introspect(key, token);
    assert.equal(await introspect(), 200, 'it is good for what it was made for');
    await person.press(/^Revoke/, person.item(name));
    await person.shoot('revoke');
    await person.press('Revoke the key');
    assert.match(await person.says(), /The key is revoked/);
    assert.equal(await introspect(), 401);
  },

  'a role is defined, given and removed': async (person) => {
    const account = await optional.api.signUp();
    const { user } = await optional.api.must('GET', '/auth/me', undefined, account.token);
    await enter(person);
    await person.follow('Roles', person.rooms());
    await person.shoot('roles');
    await person.follow('Define a role');
    await person.fill('Name', 'No Role Name');
    await person.sendAnyway('Save the role');
    await person.assertWrong('Name', /is no role name/);
    await person.shoot('bad-name');
    const role = named('clerk');
    await person.fill('Name', role);
    await person.page.getByLabel('See accounts').check();
    await person.fill('What it lets them do in your applications', 'orders:read');
    await person.press('Save the role');
    assert.match(await person.says(), /The role is saved/);
    await person.shoot('role');
    await person.go(`/admin/users/${user.id}`);
    await person.shoot('user');
    await person.page.getByLabel(role).check();
    await person.press('Save the roles');
    assert.match(await person.says(), /The roles are saved/);
    const { user: now } = await optional.api.must('GET', '/auth/me', undefined, account.token);
    assert.deepEqual(now.roles, [role]);
    await person.go(`/admin/roles/${role}`);
    await person.follow('Remove the role');
    await person.press('Remove it');
    assert.match(await person.says(), /The role is gone|The role is removed/);
  },

  'a rule is told of what happens': async (person) => {
    const receiver = elsewhere.put({ status: 204 });
    await enter(person);
    await person.follow('Rules', person.rooms());
    await person.follow('Add a rule');
    const name = named('audit');
    await person.fill('What it is for', name);
    await person.fill('Address', 'not an address');
    await person.page.getByLabel('Told of what happened').check();
    await person.sendAnyway('Add the rule');
    await person.assertWrong('Address', /Type the whole address/);
    await person.shoot('no-address');
    await person.fill('Address', elsewhere.beside + receiver);
    await person.press('Add the rule');
    assert.equal(await person.heading(), 'The rule is added');
    assert.match(await person.says(), /whsec_/);
    await person.shoot('secret');
    await person.follow('To the rule');
    assert.ok(!(await person.page.content()).includes('whsec_'), 'the secret is not shown again');
    await person.press('Send a test');
    assert.match(await person.says(), /The test was answered with 204/);
    await person.shoot('rule');
    const told = () => elsewhere.asked.filter((one) => one.path === receiver);
    assert.ok(told()[0].headers['webhook-signature'], 'and is signed');
    await optional.api.signUp();
    await until(() => told().length >= 2, 'what happened');
    await person.follow('All that it was told');
    await person.at('/admin/deliveries');
    await person.shoot('deliveries');
    await person.go('/admin/rules');
    await person.shoot('rules');
    await person.follow(new RegExp(name), person.page.locator('main'));
    await person.press('Pause');
    assert.match(await person.says(), /The rule is paused/);
    await person.press('Remove the rule');
    await person.press('Remove the rule');
    assert.match(await person.says(), /The rule is removed/);
  },

  'mails, what happened, keys and settings': async (person) => {
    const account = await optional.api.signUp();
    await optional.mailbox.mail(account.email, 'verify_email');
    await enter(person);
    await person.follow('Mails', person.rooms());
    await person.at('/admin/mails', 'Mails');
    assert.match(await person.says(), /Confirm the address/);
    assert.ok(!(await person.page.content()).includes(account.email), 'whom it went to is sealed');
    await person.shoot('mails');
    await person.follow('Activity', person.rooms());
    await person.at('/admin/activity', 'Activity');
    await person.shoot('activity');
    await person.follow('Signing keys', person.rooms());
    await person.at('/admin/keys', 'Signing keys');
    await person.shoot('keys');
    await person.press(/^Exchange now/);
    await person.shoot('exchange');
    await person.press('Exchange now');
    // On a server that has only just begun the next key is not known for long enough; what was signed before stays good.
    assert.match(await person.says(), /not published for long enough|The next key signs now/);
    await person.shoot('exchanged-or-not-yet');
    await optional.api.must('GET', '/auth/me', undefined, account.token);
    await person.follow('Settings', person.rooms());
    await person.at('/admin/settings', 'Settings');
    await person.shoot('settings');
  },

  'who has no right is told so': async (person) => {
    await person.profile.signIn(await optional.api.signUp());
    await person.go('/admin');
    assert.equal(person.answer?.status(), 403);
    await person.shoot(`none-${called(person.look)}`);
  },
});
