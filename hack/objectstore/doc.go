// SPDX-License-Identifier: Apache-2.0

// Package objectstore runs real object stores on the loopback interface, for tests, benchmarks
// and the demo.
//
// For S3, it runs versitygw on a folder, built from the Go module that
// hack/objectstore/versitygw pins. For Azure's blob service, it runs Azurite, installed from
// npm as hack/objectstore/azurite pins it. Both are fetched once into the user's cache folders.
// Several processes may start servers at the same time. A server ends when the process that
// started it ends, even if that is killed.
//
// Linux and macOS are supported.
package objectstore
