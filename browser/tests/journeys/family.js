// Who is watching: several users of one account, with and without a PIN; adding, changing and removing them.

import assert from 'node:assert/strict';
import { newEmail } from '../../harness/api.js';
import { journeys } from '../../harness/journey.js';
import { gates } from '../../harness/world.js';

/** @typedef {import('../../harness/person.js').Person} Person */

const { optional } = gates;
const PIN = '2468';

/** An account of three: its owner, Ben with a PIN, and Cleo. */
async function aFamily() {
  const account = await optional.api.signUp();
  await optional.api.must('PATCH', '/auth/me', { profile: { display_name: 'Ada' } }, account.token);
  const ben = await optional.api.addUser(account, 'Ben', PIN);
  const cleo = await optional.api.addUser(account, 'Cleo');
  return { account, ben, cleo };
}

/** Whose pages are shown. @param {Person} person */
const who = async (person) => (await person.page.locator('details.who summary').innerText()).trim();

journeys('family', {
  'who is watching, with a PIN that is wrong and then right': async (person) => {
    const { account } = await aFamily();
    await person.byPassword(account);
    await person.at('/select', 'Who is there?');
    assert.deepEqual(await person.profile.sessionCookies(), [], 'nobody is signed in yet');
    await person.shoot('picker');
    await person.press(/^Ben/);
    await person.shoot('pin');
    await person.fill('PIN', '1357');
    await person.press('Sign in');
    await person.at('/select');
    assert.equal(person.answer?.status(), 403);
    await person.assertWrong('PIN', /not right/);
    assert.equal(await person.page.getByLabel('PIN').inputValue(), '', 'a PIN is not shown again');
    await person.shoot('wrong-pin');
    await person.fill('PIN', PIN);
    await person.press('Sign in');
    await person.at('/account');
    assert.match(await who(person), /Ben/);
  },

  'who is watching, without a PIN': async (person) => {
    const { account } = await aFamily();
    await person.go('/account/sessions');
    await person.fill('E-mail address or username', account.email);
    await person.fill('Password', account.password);
    await person.press('Sign in');
    await person.at('/select');
    await person.press(/^Cleo/);
    await person.at('/account/sessions');
    assert.match(await who(person), /Cleo/);
  },

  'somebody else goes on': async (person) => {
    const { account } = await aFamily();
    await person.byPassword(account);
    await person.press(/^Cleo/);
    await person.way('Switch user');
    await person.at('/switch', 'Switch user');
    await person.shoot('switch');
    await person.press(/^Ben/);
    await person.fill('PIN', '1357');
    await person.press('Switch');
    await person.assertWrong('PIN', /not right/);
    await person.shoot('switch-wrong-pin');
    await person.fill('PIN', PIN);
    await person.press('Switch');
    await person.go('/account');
    assert.match(await who(person), /Ben/);
    assert.equal((await person.profile.sessionCookies()).length, 2, 'one session, in two cookies');
  },

  'a user is added, changed, given a PIN and removed': async (person) => {
    const account = await optional.api.signUp();
    await person.profile.signIn(account);
    await person.go('/account/users');
    await person.shoot('alone');
    await person.follow('Add a user');
    await person.at('/account/users/add', 'Add a user');
    await person.fill('Username', 'not a name@');
    await person.press('Add');
    assert.equal(person.answer?.status(), 422);
    await person.assertWrong('Username', /cannot be a username/);
    await person.shoot('not-a-username');
    const username = `dora${Date.now()}${person.look.width}${person.look.script}`;
    await person.fill('Username', username);
    await person.fill('Name', 'Dora');
    await person.press('Add');
    await person.at('/account/users', 'Users');
    assert.match(await person.says(), /The user has been added.*Dora/);
    await person.shoot('added');
    await person.follow('Dora', person.item('Dora'));
    await person.fill('Name', 'Dorothea');
    await person.press('Save');
    assert.equal(await person.heading(), 'User Dorothea');
    assert.match(await person.says(), /The changes are saved/);
    await person.shoot('changed');
    await person.follow('Set a PIN');
    await person.fill('New PIN', '12');
    await person.sendAnyway('Set the PIN');
    await person.assertWrong('New PIN', /four to eight digits/);
    await person.shoot('not-a-pin');
    await person.fill('New PIN', PIN);
    await person.press('Set the PIN');
    assert.match(await person.says(), /The PIN is set/);
    await person.follow('Remove this user');
    assert.equal(await person.heading(), 'Remove Dorothea?');
    await person.shoot('remove');
    await person.press('Remove this user');
    await person.at('/account/users');
    assert.match(await person.says(), /The user has been removed/);
    assert.ok(!(await person.says()).includes('Dorothea'));
    const { users } = await optional.api.state(account);
    assert.equal(users.length, 1);
  },

  'somebody is invited, and joins': async (person, another) => {
    const account = await optional.api.signUp();
    await person.profile.signIn(account);
    await person.go('/account/users');
    await person.follow('Invite somebody by mail');
    const to = newEmail();
    await person.fill('E-mail address', to);
    await person.press('Send the invitation');
    await person.at('/account/users');
    assert.match(await person.says(), /an invitation is on its way/);
    await person.shoot('invited');
    const guest = await another();
    const { link } = await optional.mailbox.mail(to, 'invitation');
    await guest.click(link);
    await guest.shoot('guest');
    await guest.fill('Username', `guest-${to.split('@')[0]}`);
    await guest.press(/./, guest.page.locator('main form').first());
    await guest.go('/account');
    await guest.at('/account');
    assert.equal((await optional.api.state(account)).users.length, 2);
  },
});
