// SPDX-License-Identifier: Apache-2.0

package objectstore_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/objectstore"
)

// parentVariable makes the test binary start a server of the given kind, and nothing else.
const parentVariable = "OBJECTSTORE_TEST_PARENT"

// TestParent is the process whose end the specs below observe.
func TestParent(t *testing.T) {
	kind := os.Getenv(parentVariable)
	if kind == "" {
		t.Skip("runs only as a process that a spec starts")
	}
	server, err := parentStarters()[kind](t.Context())
	if errors.Is(err, objectstore.ErrNoNode) {
		fmt.Println("endpoint:")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("endpoint:%s\n", server.Endpoint)
	// The spec kills this process. If the spec itself is killed, the pipe closes.
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
}

func parentStarters() map[string]starter {
	return map[string]starter{"S3": objectstore.StartS3, "Azure": objectstore.StartAzure}
}

var _ = DescribeTable("A server ends with the process that started it when that is killed",
	func(ctx SpecContext, kind string) {
		executable, err := os.Executable()
		Expect(err).NotTo(HaveOccurred())
		parent := exec.CommandContext(ctx, executable, "-test.run=^TestParent$")
		// A killed process leaves its temporary files to the spec.
		parent.Env = append(os.Environ(), parentVariable+"="+kind, "TMPDIR="+GinkgoT().TempDir())
		parent.Stderr = GinkgoWriter
		_, err = parent.StdinPipe()
		Expect(err).NotTo(HaveOccurred())
		stdout, err := parent.StdoutPipe()
		Expect(err).NotTo(HaveOccurred())
		Expect(parent.Start()).To(Succeed())
		line, err := bufio.NewReader(stdout).ReadString('\n')
		Expect(err).NotTo(HaveOccurred())
		endpoint := strings.TrimPrefix(strings.TrimSpace(line), "endpoint:")
		if endpoint == "" {
			Skip(objectstore.ErrNoNode.Error())
		}
		Expect(dial(ctx, endpoint)).To(Succeed())

		Expect(parent.Process.Kill()).To(Succeed())

		Expect(parent.Wait()).NotTo(Succeed())
		Eventually(ctx, func() error { return dial(ctx, endpoint) }).ShouldNot(Succeed())
	},
	Entry("for S3", "S3"),
	Entry("for Azure", "Azure"),
)
