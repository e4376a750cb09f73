/** What PyTorch documents and Lumigrad leaves out, with the reason: [names, reason]. A name may end in `*`. */

type Reasons = readonly (readonly [names: string, reason: string])[];

const complex = 'there are no complex numbers: a transform keeps real and imaginary parts in a last dim of 2';
const sparse = 'there are no sparse tensors';
const quantized = 'there are no quantized tensors, nor 8-bit kernels';
const threads = "threads, flags and determinism of PyTorch's own runtime; everything here is deterministic";
const memory = "memory and storages are the engine's";
const host = 'arrays come in by fromArray() and tensor(), and go out by data()';
const compiler = 'for tracing compilers; here every step is recorded and planned anyway';
const devices = 'there are two devices, and to() moves between them';
const dtypes = 'of the narrow and complex dtypes only float16 exists';
const rare = 'special functions that hardly any model uses';
const files = 'lumigrad/io reads and writes files';

export const missing: Readonly<Record<string, Reasons>> = {
  torch: [
    ['complex imag polar view_as_complex* view_as_real*', complex],
    ['col_indices_copy crow_indices_copy hspmm indices_copy smm sparse_* sspaddmm values_copy', sparse],
    ['dequantize fake_quantize_* quantize_* quantized_*', quantized],
    [
      'are_deterministic_algorithms_enabled get_deterministic_debug_mode get_float32_matmul_precision get_num_* init_num_threads is_deterministic_* is_warn_always_enabled set_deterministic_debug_mode set_float32_matmul_precision set_flush_denormal set_num_* set_warn_always thread_safe_generator use_deterministic_algorithms compiled_with_cxx11_abi',
      threads,
    ],
    ['compile cond fork import_ir_* merge_type_* parse_* sym_* unify_type_list wait while_loop', compiler],
    ['from_dlpack from_file from_numpy frombuffer to_dlpack', host],
    ['get_device_module set_default_device', devices],
    [
      'get_default_dtype set_default_dtype set_default_tensor_type',
      'the default is float32; every factory takes a dtype',
    ],
    ['load save', files],
    ['set_printoptions', 'text is as PyTorch prints it by default'],
    ['typename is_storage', 'JavaScript says what an object is'],
    ['igamma igammac', rare],
    ['frexp', 'its exponent is an integer result beside a float one; not written yet'],
    ['geqrf lobpcg pca_lowrank svd_lowrank', 'randomised and packed factorisations; linalg.svd, qr and eigh are there'],
    ['hash_tensor native_channel_shuffle segment_reduce slice_copy', 'internal to PyTorch'],
    ['is_inference_mode_enabled', 'isInference() asks a tensor'],
  ],
  functional: [
    ['Optional boolean_dispatch handle_torch_function has_torch_function*', 'internal to PyTorch'],
    ['native_channel_shuffle', 'internal to PyTorch'],
    ['grouped_mm scaled_grouped_mm scaled_mm', quantized],
  ],
  linalg: [
    ['eig eigvals', complex],
    ['ldl_*', 'indefinite systems are solved by LU'],
  ],
  special: [
    [
      'airy_ai bessel_* chebyshev_* gammainc gammaincc hermite_* laguerre_* legendre_* modified_bessel_* scaled_modified_* shifted_chebyshev_* spherical_bessel_j0 zeta',
      rare,
    ],
  ],
  fft: [],
  Tensor: [
    ['imag', complex],
    [
      'coalesce col_indices crow_indices dense_dim indices is_coalesced is_sparse* smm sparse_* sspaddmm to_dense to_sparse* values',
      sparse,
    ],
    ['dequantize int_repr is_quantized q_* qscheme', quantized],
    ['bfloat16 byte cdouble cfloat chalf char short', dtypes],
    [
      'const_data_ptr data_ptr is_pinned is_set_to is_shared pin_memory record_stream set_ share_memory_ storage storage_type untyped_storage dim_order to_padded_tensor to_mkldnn module_load as_subclass',
      memory,
    ],
    ['cuda get_device ipu is_cpu is_cuda is_ipu is_meta is_mps is_xla is_xpu mtia xpu', devices],
    ['numpy', host],
    ['apply_ map_', 'JavaScript element by element; read data() for that'],
    ['grad_dtype', "a gradient has its tensor's dtype"],
    ['igamma*', rare],
    ['frexp', 'not written yet'],
    ['geqrf', 'packed factorisation; linalg.qr is there'],
    ['index', 'at() indexes'],
    ['type', 'dtype says it; to() changes it'],
  ],
};
