fn forward(x: T, lo: T, hi: T) -> T {
  return min(max(x, lo), hi);
}

fn backward(x: T, dy: T, lo: T, hi: T) -> T {
  return select(T(0), dy, x >= lo && x <= hi);
}
