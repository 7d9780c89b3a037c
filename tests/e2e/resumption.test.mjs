// Who comes back over TLS goes on with its session, on whichever loop it is served.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import tls from 'node:tls';
import { after, before, describe, test } from 'node:test';
import { makeCertificate } from '../bench/lib/material.mjs';
import { needs, temporaryFolder } from '../lib/programs.mjs';
import { smallEvent, startServer } from '../lib/server.mjs';

const REQUEST = 'GET /api/rooms/hall HTTP/1.1\r\nHost: x\r\n\r\n';

/** A connection over which two requests, sent in one go, were answered: { socket, resumed, session }, the newest session that it was given. */
function visit(server, options) {
  return new Promise((resolve, reject) => {
    const visitor = { socket: tls.connect({ host: server.host, port: Number(server.port), rejectUnauthorized: false, ...options }) };
    let text = '';
    visitor.socket.on('secureConnect', () => visitor.socket.write(REQUEST + REQUEST));
    visitor.socket.on('session', (session) => (visitor.session = session));
    visitor.socket.on('data', (bytes) => {
      text += bytes;
      if (text.split('HTTP/1.1 200 ').length !== 3 || !text.endsWith('}')) return;
      visitor.resumed = visitor.socket.isSessionReused();
      resolve(visitor);
    });
    visitor.socket.on('error', reject);
    visitor.socket.on('close', () => reject(new Error(`the server closed the connection after: ${text}`)));
  });
}

for (const loops of [1, 2, 4]) {
  describe(`with ${loops} loop${loops > 1 ? 's' : ''}`, needs('openssl'), () => {
    const folder = temporaryFolder();
    let server;

    before(async () => {
      makeCertificate({ file: (name) => join(folder.path, name) });
      const settings = smallEvent({ server: 'server: {certificate: certificate.pem, key: key.pem}\n' });
      server = await startServer({ settings, folder, args: ['--loops', String(loops)] });
    });
    after(() => server.stop());

    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      test(`a session of ${version} goes on in every one of many connections`, async () => {
        const options = { minVersion: version, maxVersion: version };
        // each stays, so that the next one is given to another loop
        const first = await visit(server, options);
        const others = [];
        for (let i = 0; i < 4 * loops; i++) others.push(await visit(server, { ...options, session: first.session }));
        const stranger = await visit(server, options);
        assert.deepEqual([first, ...others, stranger].map(({ resumed }) => resumed), [false, ...others.map(() => true), false]);
        for (const { socket } of [first, ...others, stranger]) socket.destroy();
      });
    }

    test('but not on another server', async () => {
      const other = await startServer({ settings: smallEvent({ server: `server: {certificate: ${folder.path}/certificate.pem, key: ${folder.path}/key.pem}\n` }) });
      const { session, socket } = await visit(server, {});
      const elsewhere = await visit(other, { session });
      assert.equal(elsewhere.resumed, false);
      for (const each of [socket, elsewhere.socket]) each.destroy();
      await other.stop();
    });
  });
}
