// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func describeMetrics() {
	It("serves metrics to those who may read them, and to nobody else", func(ctx SpecContext) {
		namespace := newNamespace(ctx, "metrics")
		adoptAndWait(ctx, namespace, "lesson")
		kubectl(ctx, "create", "serviceaccount", "prometheus", "-n", namespace)
		kubectl(ctx, "create", "serviceaccount", "stranger", "-n", namespace)
		kubectl(ctx, "create", "clusterrolebinding", namespace,
			"--clusterrole=cloudrecording-metrics-reader", "--serviceaccount="+namespace+":prometheus")
		DeferCleanup(func(ctx SpecContext) {
			kubectl(ctx, "delete", "clusterrolebinding", namespace)
		})
		url := forward(ctx, "pod/"+waitForLeader(ctx), "8443")

		Expect(read(ctx, url, "")).To(HaveField("Status", http.StatusUnauthorized))
		Expect(read(ctx, url, "nonsense")).NotTo(HaveField("Status", http.StatusOK))
		Expect(read(ctx, url, token(ctx, namespace, "stranger"))).To(HaveField("Status", http.StatusForbidden))
		metrics := read(ctx, url, token(ctx, namespace, "prometheus"))
		Expect(metrics.Status).To(Equal(http.StatusOK))
		Expect(metrics.Body).To(And(
			ContainSubstring(`cloudrecording_recordings{phase="Recording"} 1`),
			ContainSubstring("cloudrecording_agora_requests_total{"),
			ContainSubstring("controller_runtime_reconcile_total{"),
		))
		Expect(metrics.Body).NotTo(Or(ContainSubstring(customerID), ContainSubstring(customerSecret)))
	}, SpecTimeout(longTimeout))

	It("has a Service for the metrics", func(ctx SpecContext) {
		// The API server does not forward the token.
		_, err := tryKubectl(ctx, "get", "--raw",
			"/api/v1/namespaces/"+systemNamespace+"/services/https:cloudrecording-metrics:https/proxy/metrics")
		Expect(err).To(MatchError(ContainSubstring("You must be logged in")))
	}, SpecTimeout(timeout))
}

func token(ctx context.Context, namespace, serviceAccount string) string {
	GinkgoHelper()
	return strings.TrimSpace(kubectl(ctx, "create", "token", serviceAccount, "-n", namespace))
}

// forwarded matches the local address in the output of kubectl port-forward.
var forwarded = regexp.MustCompile(`^Forwarding from (127\.0\.0\.1:\d+)`)

// forward forwards a port of the cluster until the spec ends.
func forward(ctx context.Context, target, port string) (url string) {
	GinkgoHelper()
	command := kubectlCommand("port-forward", target, ":"+port, "-n", systemNamespace, "--address=127.0.0.1")
	process := exec.CommandContext(ctx, command[0], command[1:]...)
	output, err := process.StdoutPipe()
	Expect(err).NotTo(HaveOccurred())
	process.Stderr = GinkgoWriter
	Expect(process.Start()).To(Succeed())
	// It is killed when the context of the spec ends, and Wait returns that as an error.
	DeferCleanup(func() { _ = process.Wait() })
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(output); scanner.Scan(); {
			select {
			case lines <- scanner.Text():
			case <-ctx.Done():
			}
		}
	}()
	var line string
	Eventually(lines).WithContext(ctx).Should(Receive(&line, MatchRegexp(forwarded.String())))
	return "https://" + forwarded.FindStringSubmatch(line)[1] + "/metrics"
}

// answer is an answer of the metrics endpoint.
type answer struct {
	Status int
	Body   string
}

// read reads metrics with a bearer token. An empty token sends none.
func read(ctx context.Context, url, token string) answer {
	GinkgoHelper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	Expect(err).NotTo(HaveOccurred())
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	// The operator's certificate is self-signed.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // see above
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)
	Expect(err).NotTo(HaveOccurred())
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	Expect(err).NotTo(HaveOccurred())
	return answer{response.StatusCode, string(body)}
}
