import { describe, expect, it } from 'vitest';
import {
  findLines,
  LINES_PER_RANGE,
  lastLines,
  linesAround,
  styleBefore,
  terminalLines,
} from '../../../../../../functions/console/app/view/output-lines.ts';

const ESC = '\u001b';

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
