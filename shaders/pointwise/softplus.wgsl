// log(1 + exp(beta x)) / beta, linear where beta x > threshold; written so that the exponential cannot overflow.
fn forward(x: T, beta: T, threshold: T) -> T {
  let z = x * beta;
  let y = precise_div(max(z, 0.0) + precise_log1p(precise_exp(-abs(z))), beta);
  return select(y, x, ordered(z, threshold) && z > threshold);
}

fn backward(x: T, dy: T, beta: T, threshold: T) -> T {
  let z = x * beta;
  return select(dy * precise_sigmoid(z), dy, ordered(z, threshold) && z > threshold);
}
