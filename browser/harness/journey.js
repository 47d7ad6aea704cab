// A journey: what somebody wants to do, from the first page to the last, in every look.

import { describe, it } from 'node:test';
import { LOOKS, called } from './looks.js';
import { Person } from './person.js';
import { gates } from './world.js';

const TIMEOUT_MS = 120_000;
/** So many people at a time, on a machine of two cores. */
const CONCURRENCY = 4;

/**
 * @callback Walk
 * @param {Person} person
 * @param {(look?: import('./looks.js').Look) => Promise<Person>} another somebody else, on the same journey
 */

/**
 * Journeys of one part of the house.
 * @param {string} part such as `entry`
 * @param {Record<string, Walk>} walks by what they are about
 * @param {import('./gate.js').Gate} [gate]
 */
export function journeys(part, walks, gate = gates.optional) {
  describe(`journeys: ${part}`, { concurrency: CONCURRENCY }, () => {
    // Those who run it share one account: who walks at the same time is on another journey.
    for (const look of LOOKS) {
      for (const [about, walk] of Object.entries(walks)) {
        it(`${about}, ${called(look)}`, { timeout: TIMEOUT_MS }, async () => {
          const name = `${part}/${about.replaceAll(/[^\w]+/g, '-').toLowerCase()}`;
          /** @type {Person[]} */
          const people = [];
          const come = async (/** @type {import('./looks.js').Look} */ which) => {
            const person = await Person.come(gate, name, which);
            people.push(person);
            return person;
          };
          await walk(await come(look), (other) => come(other ?? look));
          for (const person of people) await person.leave();
        });
      }
    }
  });
}
