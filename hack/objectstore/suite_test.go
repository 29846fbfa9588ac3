// SPDX-License-Identifier: Apache-2.0

package objectstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/objectstore"
)

func TestObjectStore(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(30 * time.Second)
	RunSpecs(t, "Object store")
}

// starter starts a server of one kind.
type starter func(context.Context) (*objectstore.Server, error)

// start returns a server that is stopped after the spec.
func start(ctx context.Context, starter starter) *objectstore.Server {
	GinkgoHelper()
	server, err := starter(ctx)
	if errors.Is(err, objectstore.ErrNoNode) {
		Skip(err.Error())
	}
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(server.Stop)
	return server
}
