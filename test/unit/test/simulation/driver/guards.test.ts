import { describe, expect, it } from 'vitest';
import { disableGuard, unknownNames } from '../../../../simulation/driver/guards.ts';

describe('disableGuard', () => {
  it.each([
    ['the last argument', 'f(a, /* guard: x */ b);', 'f(a);'],
    ['the first argument', 'f(/* guard: x */ a(1), b);', 'f( b);'],
    ['the only argument', 'f(/* guard: x */ a);', 'f();'],
    ['a property', 'const o = { a, /* guard: x */ b: c(d) };', 'const o = { a };'],
    ['a spread property', 'const o = {\n  // guard: x\n  ...(a && b),\n  c,\n};', 'const o = {\n  c,\n};'],
    ['an element', 'const l = [a, /* guard: x */ b, c];', 'const l = [a, c];'],
    ['the right operand of &&', 'if (a && /* guard: x */ b(c) && d) e();', 'if (a && d) e();'],
    ['the right operand of ||', 'e = a || /* guard: x */ (b as number) < c;', 'e = a;'],
    ['a statement', 'a();\n// guard: x\nif (b) throw c;\nd();', 'a();\n// guard: x\n;\nd();'],
    ['the statement of an else', 'if (a) b();\nelse /* guard: x */ await c();', 'if (a) b();\nelse /* guard: x */ ;'],
    ['the statement behind an else', 'if (a) b();\n// guard: x\nelse c();', 'if (a) b();\n// guard: x\nelse ;'],
  ])('removes %s', (_, source, expected) => {
    const disabled = disableGuard(source, { guard: 'x' });

    expect(disabled).toBe(expected);
  });

  it('replaces the largest node behind the mark', () => {
    const source = 'if (/* guard: a.b-c */ !a || b(c)) d();';

    const disabled = disableGuard(source, { guard: 'a.b-c', as: 'false' });

    expect(disabled).toBe('if (/* guard: a.b-c */ false) d();');
  });

  it.each([
    ['the first operand', 'if (/* guard: x */ a && b || c) d();', 'if (/* guard: x */ false && b || c) d();'],
    ['the test of a conditional', 'a = /* guard: x */ b() ? c : d;', 'a = /* guard: x */ false ? c : d;'],
  ])('replaces only %s', (_, source, expected) => {
    const disabled = disableGuard(source, { guard: 'x', as: 'false', head: true });

    expect(disabled).toBe(expected);
  });

  it('rejects a mark that is missing, doubled, or in front of code that cannot be removed', () => {
    expect(() => disableGuard('a;', { guard: 'x' })).toThrow('the mark "guard: x" occurs 0 times, not once');
    expect(() => disableGuard('f(/* guard: x */ a, /* guard: x */ b);', { guard: 'x' })).toThrow('occurs 2 times');
    expect(() => disableGuard('const a = /* guard: x */ b;', { guard: 'x' })).toThrow('is no statement, element');
    expect(() => disableGuard('a; // guard: x', { guard: 'x' })).toThrow('no code begins behind the mark');
  });
});

describe('unknownNames', () => {
  it('lists what only the changed source reads', () => {
    const source = "import { absent } from './expression.ts';\nconst o = { a: absent('pk') };";

    const names = unknownNames(source, source.replace("absent('pk')", 'exists(o.b, absent, { c: Math.max(1) })'));

    expect(names).toEqual(['exists']);
  });
});
