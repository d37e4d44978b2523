import { describe, expect, it } from 'vitest';
import { PLAIN, plainText, readSegments } from '../../../../../../functions/console/app/view/ansi.ts';

const ESC = '\u001b';

describe('readSegments', () => {
  it('splits text by color and weight', () => {
    const { segments, style } = readSegments(`a ${ESC}[1;31mred${ESC}[0m b${ESC}[92m`, PLAIN);

    expect(segments).toEqual([
      { text: 'a ', style: {} },
      { text: 'red', style: { bold: true, color: 1 } },
      { text: ' b', style: {} },
    ]);
    expect(style).toEqual({ color: 10 });
  });

  it.each([
    ['38;5;2', { color: 2 }],
    ['38;5;200', { color: undefined }],
    ['38;2;1;31;1', { color: undefined }],
    ['48;5;9;1', { background: 9, bold: true }],
    ['4:3', {}],
    ['97;101', { color: 15, background: 9 }],
    ['1;22', { bold: false, dim: false }],
    ['', {}],
  ])('parses the parameters "%s"', (parameters, style) => {
    expect(readSegments(`${ESC}[${parameters}mx`, PLAIN).style).toEqual(style);
  });

  it('removes unsupported sequences completely', () => {
    const text = `${ESC}[2K${ESC}[1A${ESC}]8;;https://x.test\u0007link${ESC}]8;;${ESC}\\${ESC}(B done${ESC}`;

    expect(plainText(text)).toBe('link done');
    expect(
      readSegments(text, PLAIN)
        .segments.map((segment) => segment.text)
        .join(''),
    ).toBe('link done');
  });

  it('treats markup as text', () => {
    expect(readSegments('<img src=x onerror=alert(1)>', PLAIN).segments).toEqual([
      { text: '<img src=x onerror=alert(1)>', style: {} },
    ]);
  });
});
