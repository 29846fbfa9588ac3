// SPDX-License-Identifier: Apache-2.0

// Package objectstore runs real object stores on the loopback interface, for tests, benchmarks and the
// demo.
//
// S3 is spoken by versitygw over a folder, built from the Go module that hack/objectstore/versitygw
// pins; Azure's blob service by Azurite, installed from npm as hack/objectstore/azurite pins it. Both
// are fetched once into the user's cache folders, and any number of processes may start servers at once.
// A server ends with the process that started it, however that ends.
//
// Linux and macOS are supported.
package objectstore
