// SPDX-License-Identifier: Apache-2.0

// Command registry serves the image of an OCI layout until it is killed, and
// prints what to pull after "ready": registry FOLDER.
package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/registry"

	"notimplemented/tools/image/layout"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "registry:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("want the folder of an image")
	}
	image, err := layout.Read(args[0])
	if err != nil {
		return err
	}
	digest, err := image.Digest()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	failed := make(chan error)
	go func() { failed <- http.Serve(listener, registry.New()) }()
	name := listener.Addr().String() + "/notimplemented:latest"
	if err := crane.Push(image, name); err != nil {
		return err
	}
	fmt.Println("ready", name, digest.Hex)
	return <-failed
}
