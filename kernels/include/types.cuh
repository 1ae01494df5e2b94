// Integer types and the words that mark device code.
//
// Four compilers read these headers: nvcc, NVRTC, clang as a CUDA compiler (which is given no header
// of CUDA's), and a host C++17 compiler, which tests the arithmetic. So there is no system header
// here, and the marks that CUDA's headers would define are defined where they are missing.
#pragma once

typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;
typedef long long i64;

static_assert(sizeof(u32) == 4 && sizeof(u64) == 8, "widths of the integer types");

#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
// nvcc and NVRTC bring __device__ and the rest along.
#define CUDA_COMPILER 1
#elif defined(__CUDA__)
// clang, told not to include CUDA's headers.
#define CUDA_COMPILER 1
#define __device__ __attribute__((device))
#define __host__ __attribute__((host))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __forceinline__ inline __attribute__((always_inline))
#else
// A host compiler: the arithmetic is plain C++ there, and there are no kernels.
#define CUDA_COMPILER 0
#define __device__
#define __host__
#define __forceinline__ inline
#endif

// `INLINE` marks what runs on the device; `CONSTANT` what is evaluated by the compiler.
#define INLINE __device__ __forceinline__
#define CONSTANT __host__ __device__ constexpr

#if CUDA_COMPILER
#define UNROLL _Pragma("unroll")
#else
#define UNROLL
#endif
