// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"gocloud.dev/blob"

	"cloudrecording.dev/operator/hack/objectstore"
)

// store is the bucket of the simulator's recordings: its address for pods, and a key that may
// only read it.
var store struct {
	endpoint, bucket string
	reader           objectstore.Credentials
}

// startStore starts an S3 server that pods can reach, and returns its bucket.
func startStore(ctx context.Context) *blob.Bucket {
	GinkgoHelper()
	server, err := objectstore.StartS3(ctx)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(server.Stop)
	store.bucket = "recordings"
	Expect(server.CreateBucket(ctx, store.bucket)).To(Succeed())
	store.reader, err = server.AddReader(ctx, store.bucket)
	Expect(err).NotTo(HaveOccurred())
	bucket, err := server.Bucket(ctx, store.bucket)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(bucket.Close)
	address, err := url.Parse(server.Endpoint)
	Expect(err).NotTo(HaveOccurred())
	store.endpoint = "http://" + relay(address.Host)
	return bucket
}

// relay makes a server on the loopback interface reachable for pods, and returns its address.
// Signatures remain valid, because it forwards bytes unchanged.
func relay(to string) string {
	GinkgoHelper()
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", net.JoinHostPort(reachableAddress(), "0"))
	Expect(err).NotTo(HaveOccurred(), "set SIMULATOR_ADDRESS to an address of this machine that pods reach")
	var running sync.WaitGroup
	running.Go(func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { join(from, to) })
		}
	})
	DeferCleanup(func() error {
		// Open connections end with the server, which is stopped later.
		return listener.Close()
	})
	return listener.Addr().String()
}

// join forwards data between both sides of a connection until one of them ends.
func join(from net.Conn, address string) {
	defer func() { _ = from.Close() }()
	to, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		return
	}
	defer func() { _ = to.Close() }()
	ended := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{from, to}, {to, from}} {
		go func() {
			_, _ = io.Copy(pair[1], pair[0])
			ended <- struct{}{}
		}()
	}
	<-ended
}
