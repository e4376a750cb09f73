fn forward(a: T, b: T) -> T {
  return precise_fmod(a, b);
}
