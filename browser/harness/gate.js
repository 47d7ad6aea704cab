// A real server: `gatewright dev` with a data folder of its own, behind a wire that keeps what went over it. What must
// stay true: it listens on loopback only, and it ends with this process, whatever happened.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api } from './api.js';
import { Mailbox } from './mailbox.js';
import { Wire } from './wire.js';

/** The stage names the program that it has built. */
const PROGRAM = process.env.GATEWRIGHT_PROGRAM ?? new URL('../../target/debug/gatewright', import.meta.url).pathname;
const START_MS = 30_000;
const STOP_MS = 10_000;

/** A port of the loopback that nobody listens on at the moment. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * A certificate for this machine that nobody has signed.
 * @param {string} folder
 */
function certificate(folder) {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', cert], { stdio: 'pipe' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

export class Gate {
  /**
   * Starts one, with these keys of the configuration beside those that tests need.
   * @param {Record<string, string>} settings
   * @param {'plain' | 'tls'} [how] browsers come to it
   * @param {string[]} [more] what else it is called with; a week of history takes a while to make
   */
  static async start(settings, how = 'plain', more = ['--without-history']) {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'gatewright-browser-'));
    const wire = await Wire.before(port, how === 'tls' ? certificate(folder) : undefined);
    const output = openSync(join(folder, 'output.txt'), 'w');
    const env = {
      PATH: process.env.PATH,
      GATEWRIGHT_PUBLIC_URL: wire.origin,
      // Hundreds of accounts and mails from one source within minutes.
      GATEWRIGHT_RATE_LIMITS: 'off',
      ...settings,
    };
    const child = spawn(PROGRAM, ['dev', '--listen', `127.0.0.1:${port}`, '--ops-listen', 'off', ...more], {
      cwd: folder,
      env,
      stdio: ['ignore', output, output],
    });
    const gate = new Gate(child, folder, wire, `http://127.0.0.1:${port}`);
    process.once('exit', (gate.#ended = () => gate.#kill()));
    await gate.#listening(port);
    return gate;
  }

  #ended = () => {};

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {string} folder
   * @param {Wire} wire
   * @param {string} direct where it listens itself, behind the wire
   */
  constructor(child, folder, wire, direct) {
    this.child = child;
    this.folder = folder;
    this.wire = wire;
    this.origin = wire.origin;
    this.api = new Api(direct);
    this.mailbox = new Mailbox(direct);
  }

  /** What it has printed. */
  output() {
    return readFileSync(join(this.folder, 'output.txt'), 'utf8');
  }

  /** @param {number} port */
  async #listening(port) {
    for (const end = Date.now() + START_MS; Date.now() < end; await sleep(50)) {
      if (this.child.exitCode !== null) throw new Error(`the server ended at once:\n${this.output()}`);
      const answer = await fetch(`http://127.0.0.1:${port}/.well-known/jwks.json`).catch(() => null);
      if (answer?.ok) return;
    }
    throw new Error(`the server did not answer within ${START_MS} ms:\n${this.output()}`);
  }

  /** Ends it and removes what it kept. Throws if it had panicked. */
  async stop() {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await Promise.race([exited, sleep(STOP_MS, undefined, { ref: false })]);
    const output = this.output();
    this.#kill();
    process.removeListener('exit', this.#ended);
    await this.wire.close();
    if (output.includes('panicked')) throw new Error(`the server panicked:\n${output}`);
  }

  #kill() {
    if (this.child.exitCode === null) this.child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
