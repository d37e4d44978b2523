import { expect, test } from 'vitest';
import { HttpRequestReader, headerFinder } from '../../../../../lib/local/iam/http-request-reader.ts';

const request = (body: string, headers = `Content-Length: ${Buffer.byteLength(body)}`) =>
  `POST / HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers}\r\n\r\n${body}`;

function read(reader: HttpRequestReader, text: string | Buffer) {
  return reader.read(Buffer.from(text)).map(({ bytes, body }) => ({ bytes: bytes.toString(), body: body.toString() }));
}

test('splits the bytes of a connection at every position into the same requests', () => {
  const [first, second, third] = [request('{"a":"ü"}'), request('', 'x: y'), request('{"b":"\r\n\r\n"}')];
  const bytes = Buffer.from(first + second + third);

  for (let at = 0; at <= bytes.length; at++) {
    const reader = new HttpRequestReader();
    const requests = [bytes.subarray(0, at), bytes.subarray(at)].flatMap((part) => read(reader, part));

    expect(requests).toEqual([
      { bytes: first, body: '{"a":"ü"}' },
      { bytes: second, body: '' },
      { bytes: third, body: '{"b":"\r\n\r\n"}' },
    ]);
  }
});

test('returns a request when its last byte has arrived', () => {
  const reader = new HttpRequestReader();
  const bytes = Buffer.from(request('{"a":1}'));

  const early = [...bytes.subarray(0, -1)].flatMap((byte) => read(reader, Buffer.from([byte])));

  expect(early).toEqual([]);
  expect(read(reader, bytes.subarray(-1))).toEqual([{ bytes: bytes.toString(), body: '{"a":1}' }]);
});

test('rejects bodies of unknown length and heads without end', () => {
  const readOnce = (text: string) => () => new HttpRequestReader().read(Buffer.from(text));

  expect(readOnce(request('', 'Transfer-Encoding: chunked'))).toThrow(
    'transfer-encoding: is not supported, got chunked',
  );
  expect(readOnce(request('', 'content-length: -1'))).toThrow('content-length: must be a number of bytes, got -1');
  expect(readOnce(request('{}', 'content-length: 2\r\nContent-Length: 0'))).toThrow(
    'content-length: must be given at most once',
  );
  expect(readOnce(request('', 'content-length : 2'))).toThrow("headers: must have no space before ':'");
  expect(readOnce(request('', 'transfer-encoding\t: chunked'))).toThrow("headers: must have no space before ':'");
  expect(readOnce(request('', `x: ${'y'.repeat(65_536)}`))).toThrow('headers: must have at most 65536 bytes');
  expect(readOnce('x'.repeat(65_537))).toThrow('headers: must have at most 65536 bytes');
});

test('finds headers in any case, with and without spaces around the value, and not inside of others', () => {
  const find = headerFinder('authorization');

  expect(find('POST / HTTP/1.1\r\nx-authorization: a\r\nAuthorization:AWS4 b \r\nhost: c')).toBe('AWS4 b');
  expect(find('POST / HTTP/1.1\r\nhost: c\r\nauthorization: \td')).toBe('d');
  expect(find('POST / HTTP/1.1\r\nhost: authorization: e')).toBeUndefined();
});
