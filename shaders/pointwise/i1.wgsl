fn forward(x: T) -> T {
  return precise_i1(x);
}

// I0(x) - I1(x) / x; of large x the scaled functions, as both would overflow.
fn backward(x: T, dy: T) -> T {
  let a = abs(x);
  let near = i0_near(a) - i1_near(a);
  let far = times_exp(i0_far(a) - precise_div(i1_far(a), a), a);
  return dy * select(far, near, a <= 8.0);
}
