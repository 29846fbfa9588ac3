// SPDX-License-Identifier: Apache-2.0

package health_test

import (
	"net/http"
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/controllers/health"
)

func probe(t *testing.T, server *health.Server, path string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+server.Address()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode
}

func TestProcessIsHealthyAsLongAsItLivesAndReadyWhenItSaysSo(t *testing.T) {
	g := NewWithT(t)
	server, err := health.Listen(t.Context(), "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(probe(t, server, "/healthz")).To(Equal(http.StatusOK))
	g.Expect(probe(t, server, "/readyz")).To(Equal(http.StatusServiceUnavailable))
	server.SetReady(true)
	g.Expect(probe(t, server, "/readyz")).To(Equal(http.StatusOK))
	server.SetReady(false)
	g.Expect(probe(t, server, "/readyz")).To(Equal(http.StatusServiceUnavailable))
	g.Expect(probe(t, server, "/healthz")).To(Equal(http.StatusOK))
	g.Expect(server.Close()).To(Succeed())
}

func TestAddressThatIsTakenIsRefused(t *testing.T) {
	g := NewWithT(t)
	first, err := health.Listen(t.Context(), "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	_, err = health.Listen(t.Context(), first.Address())
	g.Expect(err).To(HaveOccurred())
	g.Expect(first.Close()).To(Succeed())
}

func TestProbesCanBeTurnedOff(t *testing.T) {
	for _, address := range []string{"", "0"} {
		g := NewWithT(t)
		server, err := health.Listen(t.Context(), address)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(server.Address()).To(BeEmpty())
		server.SetReady(true)
		g.Expect(server.Close()).To(Succeed())
	}
}
