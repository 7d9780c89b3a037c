// A ticket that pages can read and no server would take: its signature is of nobody.

export function fakeTicket(role, booth = '', desk = 0) {
  const payload = Buffer.from(JSON.stringify({ room: 'hall', role, booth, desk })).toString('base64url');
  return `bc1.test.${payload}.unsigned`;
}
