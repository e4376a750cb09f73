// x times the normal distribution function (Hendrycks & Gimpel, arXiv 1606.08415).
fn forward(x: T) -> T {
  return x * normal_cdf(x);
}

fn backward(x: T, dy: T) -> T {
  return dy * (normal_cdf(x) + x * normal_pdf(x));
}
