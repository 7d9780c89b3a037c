// Other programs that tests run: found in PATH or in build/tools, started without a shell, ended by their process id.
import { execFile, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** BOOTHCAST names another build, such as one with sanitizers. */
export const boothcast = process.env.BOOTHCAST ?? join(root, 'build', 'boothcast');

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of a program, or undefined. */
export function which(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), join(root, 'build', 'tools')];
  return folders.map((folder) => join(folder, name)).find(executable);
}

/** For the options of a test: skips it, and says why, when one of the programs is missing. */
export function needs(...names) {
  const missing = names.filter((name) => which(name) === undefined);
  return missing.length > 0 ? { skip: `${missing.join(' and ')} not installed` } : {};
}

/** For run(): a program that refuses to be root (VLC), as somebody without any rights. */
export function asNobody(file, args) {
  return process.getuid() === 0 ? ['setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', file, ...args]] : [file, args];
}

/** Runs a program to its end: { code, stdout, stderr }. A Buffer in `input` goes to its standard input; `binary` gives stdout as a Buffer. */
export function run(file, args, { input, binary = false, timeout_ms = 60_000, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const settings = { encoding: 'buffer', maxBuffer: 64 << 20, timeout: timeout_ms, killSignal: 'SIGKILL', ...options };
    const child = execFile(file, args, settings, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(new Error(`${file} ${args.join(' ')}: ${error.message}\n${stderr}`));
      else resolve({ code: error === null ? 0 : error.code, stdout: binary ? stdout : stdout.toString(), stderr: stderr.toString() });
    });
    child.stdin.on('error', () => {}); // it may end before it has read all
    child.stdin.end(input);
  });
}

/** A program that runs beside the test: { child, stdout(), stderr(), exited }, where `exited` gives { code, signal }. */
export function start(file, args, options = {}) {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
  const out = [];
  const errors = [];
  child.stdout.on('data', (bytes) => out.push(bytes));
  child.stderr.on('data', (bytes) => errors.push(bytes));
  child.stdin.on('error', () => {});
  const exited = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  exited.catch(() => {});
  return { child, exited, stdout: () => Buffer.concat(out).toString(), stderr: () => Buffer.concat(errors).toString() };
}

/** Asks a program to end, and ends it when it does not. */
export async function stop(program, signal = 'SIGTERM', patience_ms = 15_000) {
  if (program.child.exitCode !== null || program.child.signalCode !== null) return program.exited;
  program.child.kill(signal);
  const timer = setTimeout(() => program.child.kill('SIGKILL'), patience_ms);
  const ended = await program.exited;
  clearTimeout(timer);
  return ended;
}

/** A folder of its own; `remove()` takes it away with all that is in it. */
export function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'boothcast-test-'));
  return { path, remove: () => existsSync(path) && rmSync(path, { recursive: true, force: true }) };
}

/** Asks again and again until the answer is neither false nor undefined. For what nothing tells of. */
export async function eventually(ask, what, patience_ms = 20_000) {
  const ends = performance.now() + patience_ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > ends) throw new Error(`this did not happen in ${patience_ms / 1000} s: ${what}`);
    await sleep(20);
  }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
