#include <dlfcn.h>
#include <libavcodec/version.h>
#include <libavformat/version.h>
#include <libavutil/version.h>
#include <libswscale/version.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* The libraries that the headers belong to: `libavcodec.so.59`. */
#define TEXT(x) #x
#define EXPANDED(x) TEXT(x)
static const char libavformat[] = "libavformat.so." EXPANDED(LIBAVFORMAT_VERSION_MAJOR);
static const char libavcodec[] = "libavcodec.so." EXPANDED(LIBAVCODEC_VERSION_MAJOR);
static const char libavutil[] = "libavutil.so." EXPANDED(LIBAVUTIL_VERSION_MAJOR);
static const char libswscale[] = "libswscale.so." EXPANDED(LIBSWSCALE_VERSION_MAJOR);

static const struct {
  const char *library, *name;
} functions[] = {
#define FUNCTION(number, library, name) [number] = {lib##library, #name},
#include "functions.inc"
#undef FUNCTION
};

/* Where each function jumps to: at first to the code that looks it up. */
#define FUNCTION(number, library, name) extern void merepl_ffmpeg_first_##name(void);
#include "functions.inc"
#undef FUNCTION
_Atomic(void *) merepl_ffmpeg_targets[] = {
#define FUNCTION(number, library, name) [number] = (void *)merepl_ffmpeg_first_##name,
#include "functions.inc"
#undef FUNCTION
};

/* Looks a function up and remembers it. Two threads may do so at once and find the same. */
__attribute__((used)) void *merepl_ffmpeg_find(unsigned long number) {
  void *library = dlopen(functions[number].library, RTLD_NOW | RTLD_GLOBAL);
  void *function = library ? dlsym(library, functions[number].name) : NULL;
  if (!function) {
    fprintf(stderr, "merepl: cannot load %s from FFmpeg: %s\n", functions[number].name, dlerror());
    exit(5);
  }
  atomic_store_explicit(&merepl_ffmpeg_targets[number], function, memory_order_release);
  return function;
}

/* The functions themselves, and what their first calls do: keep the registers that may hold
   arguments (System V x86-64 ABI, 3.2.3), find the target, go there. */
#define FUNCTION(number, library, name)                                                \
  __asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name ":\n"          \
          "  jmp *merepl_ffmpeg_targets+8*" #number "(%rip)\n"                         \
          ".size " #name ", .-" #name "\n"                                             \
          ".globl merepl_ffmpeg_first_" #name "\n.hidden merepl_ffmpeg_first_" #name   \
          "\nmerepl_ffmpeg_first_" #name ":\n"                                         \
          "  pushq $" #number "\n"                                                     \
          "  jmp merepl_ffmpeg_first_call\n");
#include "functions.inc"
#undef FUNCTION

__asm__(
    ".text\nmerepl_ffmpeg_first_call:\n"
    "  pushq %rax\n  pushq %rdi\n  pushq %rsi\n  pushq %rdx\n"
    "  pushq %rcx\n  pushq %r8\n  pushq %r9\n  pushq %r10\n"
    "  subq $128, %rsp\n"
    "  movups %xmm0, 0(%rsp)\n  movups %xmm1, 16(%rsp)\n"
    "  movups %xmm2, 32(%rsp)\n  movups %xmm3, 48(%rsp)\n"
    "  movups %xmm4, 64(%rsp)\n  movups %xmm5, 80(%rsp)\n"
    "  movups %xmm6, 96(%rsp)\n  movups %xmm7, 112(%rsp)\n"
    "  movq 192(%rsp), %rdi\n"
    "  call merepl_ffmpeg_find\n"
    "  movq %rax, %r11\n"
    "  movups 0(%rsp), %xmm0\n  movups 16(%rsp), %xmm1\n"
    "  movups 32(%rsp), %xmm2\n  movups 48(%rsp), %xmm3\n"
    "  movups 64(%rsp), %xmm4\n  movups 80(%rsp), %xmm5\n"
    "  movups 96(%rsp), %xmm6\n  movups 112(%rsp), %xmm7\n"
    "  addq $128, %rsp\n"
    "  popq %r10\n  popq %r9\n  popq %r8\n  popq %rcx\n"
    "  popq %rdx\n  popq %rsi\n  popq %rdi\n  popq %rax\n"
    "  addq $8, %rsp\n"
    "  jmp *%r11\n");
