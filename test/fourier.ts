/** The discrete Fourier transform by its definition, in double precision. */
export interface Line {
  readonly re: ArrayLike<number>;
  readonly im: ArrayLike<number>;
}

/** Number k of the transform of length n; what the line does not have is 0. */
export function fourier({ re, im }: Line, n: number, k: number, inverse = false): [re: number, im: number] {
  let [x, y] = [0, 0];
  for (let j = 0; j < Math.min(re.length, n); j++) {
    const angle = ((inverse ? 2 : -2) * Math.PI * ((j * k) % n)) / n;
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    x += re[j]! * c - im[j]! * s;
    y += re[j]! * s + im[j]! * c;
  }
  return [x, y];
}
