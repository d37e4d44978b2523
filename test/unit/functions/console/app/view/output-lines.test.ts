import { describe, expect, test } from 'vitest';
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
  test('separates text by its colours and weights', () => {
    const { segments, style } = readSegments(`a ${ESC}[1;31mred${ESC}[0m b${ESC}[92m`, PLAIN);

    expect(segments).toEqual([
      { text: 'a ', style: {} },
      { text: 'red', style: { bold: true, color: 1 } },
      { text: ' b', style: {} },
    ]);
    expect(style).toEqual({ color: 10 });
  });

  test.each([
    ['38;5;2', { color: 2 }],
    ['38;5;200', { color: undefined }],
    ['38;2;1;31;1', { color: undefined }],
    ['48;5;9;1', { background: 9, bold: true }],
    ['4:3', {}],
    ['97;101', { color: 15, background: 9 }],
    ['1;22', { bold: false, dim: false }],
    ['', {}],
  ])('reads the parameters "%s"', (parameters, style) => {
    expect(readSegments(`${ESC}[${parameters}mx`, PLAIN).style).toEqual(style);
  });

  test('keeps no byte of the sequences that it does not show', () => {
    const text = `${ESC}[2K${ESC}[1A${ESC}]8;;https://x.test\u0007link${ESC}]8;;${ESC}\\${ESC}(B done${ESC}`;

    expect(plainText(text)).toBe('link done');
    expect(
      readSegments(text, PLAIN)
        .segments.map((segment) => segment.text)
        .join(''),
    ).toBe('link done');
  });

  test('treats markup as text', () => {
    expect(readSegments('<img src=x onerror=alert(1)>', PLAIN).segments).toEqual([
      { text: '<img src=x onerror=alert(1)>', style: {} },
    ]);
  });
});

describe('linesOf', () => {
  test('leaves what a terminal would: a carriage return begins the line anew', () => {
    expect(terminalLines('10 %\r50 %\r100 %\nnext\r\n\n')).toEqual(['100 %', 'next', '']);
  });
});

describe('the ranges of an output', () => {
  test('end with the last line at first', () => {
    expect(lastLines(3)).toEqual({ first: 0, end: 3 });
    expect(lastLines(5_000)).toEqual({ first: 5_000 - LINES_PER_RANGE, end: 5_000 });
  });

  test.each([
    [0, 5_000, 0],
    [2_500, 5_000, 2_000],
    [4_999, 5_000, 4_000],
    [3, 10, 0],
  ])('hold line %i of %i from line %i on', (line, count, first) => {
    expect(linesAround(line, count)).toEqual({ first, end: Math.min(count, first + LINES_PER_RANGE) });
  });

  test('begin in the colour that the lines before left', () => {
    expect(styleBefore([`${ESC}[33mwarning`, 'goes on', `${ESC}[0mover`], 2)).toEqual({ color: 3 });
  });
});

describe('linesWith', () => {
  test('finds text in any case, across changes of colour', () => {
    const lines = ['Error: one', 'fine', `er${ESC}[31mror${ESC}[0m two`];

    expect(findLines(lines, 'ERROR')).toEqual([0, 2]);
    expect(findLines(lines, '')).toEqual([]);
  });
});
