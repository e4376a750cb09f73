import { describe, expect, test } from 'vitest';
import { unroll } from '../../src/backends/webgpu/unroll.ts';

const text = (...lines: string[]): string => lines.join('\n');

describe('unroll', () => {
  test('writes lines out once per value', () => {
    expect(unroll(text('a', '#repeat i 3', 'x$i = $iu;', '#end', 'b'))).toBe(
      text('a', 'x0 = 0u;', 'x1 = 1u;', 'x2 = 2u;', 'b'),
    );
  });

  test('nests, and computes in parentheses', () => {
    const source = text('#repeat i 2', '#repeat j 2u', 'x$i_$j = $(i*10+j*2+1);', '#end', '#end');
    expect(unroll(source)).toBe(text('x0_0 = 1;', 'x0_1 = 3;', 'x1_0 = 11;', 'x1_1 = 13;'));
  });

  test('takes a list, which may be short or empty', () => {
    expect(unroll(text('#repeat s 0,4,7', '$s', '#end'))).toBe(text('0', '4', '7'));
    expect(unroll(text('#repeat s 5,', '$s', '#end'))).toBe('5');
    expect(unroll(text('#repeat s ,', '#repeat t 2', '$s', '#end', '#end', 'after'))).toBe('after');
    expect(unroll(text('#repeat s 0', '$s', '#end', 'after'))).toBe('after');
  });

  test('leaves text outside of repetitions alone', () => {
    expect(unroll('let a = "$i $(x)";')).toBe('let a = "$i $(x)";');
  });

  test('refuses an open block and an unknown variable', () => {
    expect(() => unroll(text('#repeat i 2', '$i'))).toThrow('without #end');
    expect(() => unroll(text('#repeat i 2', '$j', '#end'))).toThrow("'$j' is not repeated");
  });
});
