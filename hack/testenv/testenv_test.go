// SPDX-License-Identifier: Apache-2.0

package testenv_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/testenv"
)

// get sends a request and ignores the answer.
func get(t *testing.T, url string) error {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func TestCleanupRunsEveryStepOnceTheLastOneFirst(t *testing.T) {
	g := NewWithT(t)
	var ran []int
	failure := errors.New("failure")
	cleanup := &testenv.Cleanup{}
	for i := range 3 {
		cleanup.Add(func() error {
			ran = append(ran, i)
			if i == 1 {
				return failure
			}
			return nil
		})
	}
	g.Expect(cleanup.Run()).To(MatchError(failure))
	g.Expect(ran).To(Equal([]int{2, 1, 0}))
	g.Expect(cleanup.Run()).To(Succeed())
	g.Expect(ran).To(HaveLen(3))
}

func TestAgoraAnswersUntilItIsCleanedUp(t *testing.T) {
	g := NewWithT(t)
	cleanup := &testenv.Cleanup{}
	agora, err := testenv.StartAgora(cleanup, agorasim.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	object, err := agora.Begin(agorasim.RecordingOptions{AppID: "0123456789abcdef0123456789abcdef", CName: "channel", UID: "1", Mode: recorder.ModeMix}, "default", "agora")
	g.Expect(err).NotTo(HaveOccurred())
	recording, known := agora.Recording(object.Spec.SID)
	g.Expect(known).To(BeTrue())
	g.Expect(object.Spec.ResourceID).To(Equal(recording.ResourceID))
	g.Expect(object.Spec.CredentialsSecretRef.Name).To(Equal("agora"))
	g.Expect(get(t, agora.URL)).To(Succeed())
	g.Expect(cleanup.Run()).To(Succeed())
	g.Expect(get(t, agora.URL)).NotTo(Succeed())
}

func TestBucketProxyPassesTheHostHeaderThatIsSigned(t *testing.T) {
	g := NewWithT(t)
	hosts := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { hosts <- r.Host }))
	defer server.Close()
	proxy, err := testenv.NewBucketProxy(server.URL)
	g.Expect(err).NotTo(HaveOccurred())
	before := testenv.NewServer(proxy)
	before.Start()
	defer before.Close()
	g.Expect(get(t, before.URL)).To(Succeed())
	g.Expect("http://" + <-hosts).To(Equal(before.URL))
}

func TestProxyDropsTheConnectionWhereNobodyListens(t *testing.T) {
	g := NewWithT(t)
	gone, err := testenv.FreeAddress(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	proxy, err := testenv.NewProxy("http://"+gone, http.DefaultTransport)
	g.Expect(err).NotTo(HaveOccurred())
	before := testenv.NewServer(proxy)
	before.Start()
	defer before.Close()
	g.Expect(get(t, before.URL)).To(MatchError(io.EOF))
}

func TestFreeAddressStaysFreeWhoeverGetsItsPort(t *testing.T) {
	g := NewWithT(t)
	address, err := testenv.FreeAddress(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	host, port, err := net.SplitHostPort(address)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(net.ParseIP(host).IsLoopback()).To(BeTrue())
	if runtime.GOOS == "linux" {
		g.Expect(host).NotTo(Equal("127.0.0.1"))
	}
	// Another process may be given the same port of 127.0.0.1 meanwhile.
	if host != "127.0.0.1" {
		if other, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", net.JoinHostPort("127.0.0.1", port)); err == nil {
			defer other.Close() //nolint:errcheck // it is in the way only
		}
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(listener.Close()).To(Succeed())
}

func TestStartOperatorFailsWhereItEnds(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := testenv.StartOperator(ctx, testenv.OperatorOptions{Binary: "/bin/false", Kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")})
	g.Expect(err).To(MatchError(ContainSubstring("it ended: exit status 1")))
}
