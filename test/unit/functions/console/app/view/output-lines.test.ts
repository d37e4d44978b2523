import { describe, expect, it } from 'vitest';
import { PLAIN, plainText, readSegments } from '../../../../../../functions/console/app/view/ansi.ts';
import {
  findLines,
  LINES_PER_RANGE,
  lastLines,
  linesAround,
  styleBefore,
  terminalLines,
} from '../../../../../../functions/console/app/view/output-lines.ts';

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

describe('terminalLines', () => {
  it('overwrites a line at a carriage return', () => {
    expect(terminalLines('10 %\r50 %\r100 %\nnext\r\n\n')).toEqual(['100 %', 'next', '']);
  });
});

describe('a range of output lines', () => {
  it('ends with the last line by default', () => {
    expect(lastLines(3)).toEqual({ first: 0, end: 3 });
    expect(lastLines(5_000)).toEqual({ first: 5_000 - LINES_PER_RANGE, end: 5_000 });
  });

  it.each([
    [0, 5_000, 0],
    [2_500, 5_000, 2_000],
    [4_999, 5_000, 4_000],
    [3, 10, 0],
  ])('contains line %i of %i and starts at line %i', (line, count, first) => {
    expect(linesAround(line, count)).toEqual({ first, end: Math.min(count, first + LINES_PER_RANGE) });
  });

  it('starts in the color of the previous lines', () => {
    expect(styleBefore([`${ESC}[33mwarning`, 'goes on', `${ESC}[0mover`], 2)).toEqual({ color: 3 });
  });
});

describe('findLines', () => {
  it('finds text regardless of case and color changes', () => {
    const lines = ['Error: one', 'fine', `er${ESC}[31mror${ESC}[0m two`];

    expect(findLines(lines, 'ERROR')).toEqual([0, 2]);
    expect(findLines(lines, '')).toEqual([]);
  });
});
