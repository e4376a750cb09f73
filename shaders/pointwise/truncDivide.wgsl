fn forward(a: T, b: T) -> T {
  let quotient = exact_div(a, b);
  return select(quotient, copy_sign(trunc(quotient), quotient), abs(quotient) < 8388608.0);
}
