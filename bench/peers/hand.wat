;; SPDX-License-Identifier: Apache-2.0
;; The rule of the filter, for three methods, with nothing that could be left
;; out: the body is constant, and a value from the host must fit into the memory.
(module
  (import "env" "proxy_get_header_map_value" (func $get_header_map_value (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_send_local_response" (func $send_local_response (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))

  (memory (export "memory") 2)
  (data (i32.const 0) ":method")
  (data (i32.const 16) "\03\00\00\00"
    "\0c\00\00\00\10\00\00\00" "\0d\00\00\00\08\00\00\00" "\16\00\00\00\07\00\00\00"
    "content-type\00application/json\00" "cache-control\00no-store\00" "x-content-type-options\00nosniff\00")
  (data (i32.const 256) "{\22error\22:\22not_implemented\22,\22message\22:\22This server does not implement the method.\22}")
  ;; 512: where the host writes the address, and 516 the size of the method; 1024: the method.

  (func (export "proxy_abi_version_0_2_0"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 1024))
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_delete") (param i32))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (local $size i32) (local $start i32)
    (drop (call $get_header_map_value (i32.const 0) (i32.const 0) (i32.const 7) (i32.const 512) (i32.const 516)))
    (local.set $size (i32.load (i32.const 516)))
    (local.set $start (i32.load (i32.load (i32.const 512))))
    (if (i32.eq (local.get $size) (i32.const 3))
      (then (if (i32.eq (i32.and (local.get $start) (i32.const 0xffffff)) (i32.const 0x544547)) ;; GET
        (then (return (i32.const 0))))))
    (if (i32.eq (local.get $size) (i32.const 4))
      (then
        (if (i32.eq (local.get $start) (i32.const 0x44414548)) (then (return (i32.const 0)))) ;; HEAD
        (if (i32.eq (local.get $start) (i32.const 0x54534f50)) (then (return (i32.const 0)))))) ;; POST
    (drop (call $send_local_response (i32.const 501) (i32.const 0) (i32.const 0)
      (i32.const 256) (i32.const 82) (i32.const 16) (i32.const 112) (i32.const -1)))
    (i32.const 1)))
