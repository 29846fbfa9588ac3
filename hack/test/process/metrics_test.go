// SPDX-License-Identifier: Apache-2.0

package process_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/testenv"
)

// metricsName is what the certificate of config/certmanager is for.
const metricsName = "cloudrecording-metrics"

// writeCertificate writes a new certificate that signs itself into a folder, as a
// Secret is mounted, and returns a client that trusts no other.
func writeCertificate(folder string, serial int64) *http.Client {
	GinkgoHelper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	Expect(err).NotTo(HaveOccurred())
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), DNSNames: []string{metricsName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	Expect(err).NotTo(HaveOccurred())
	encoded, err := x509.MarshalECPrivateKey(key)
	Expect(err).NotTo(HaveOccurred())
	content := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	Expect(os.WriteFile(filepath.Join(folder, "tls.key"), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: encoded}), 0o600)).To(Succeed())
	Expect(os.WriteFile(filepath.Join(folder, "tls.crt"), content, 0o600)).To(Succeed())
	trusted := x509.NewCertPool()
	Expect(trusted.AppendCertsFromPEM(content)).To(BeTrue())
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: trusted, ServerName: metricsName, MinVersion: tls.VersionTLS12},
	}}
}

var _ = Describe("The metrics endpoint", func() {
	It("has the certificate that it is given, also after it is renewed", func(ctx context.Context) {
		folder := GinkgoT().TempDir()
		prometheus := writeCertificate(folder, 1)
		address, err := testenv.FreeAddress(ctx)
		Expect(err).NotTo(HaveOccurred())
		e := newEnvironment(ctx)
		e.startReplica(ctx, "--metrics-bind-address="+address, "--metrics-cert-path="+folder)
		status := func(client *http.Client) func() (int, error) {
			return func() (int, error) {
				request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+"/metrics", nil)
				if err != nil {
					return 0, err
				}
				response, err := client.Do(request)
				if err != nil {
					return 0, err
				}
				return response.StatusCode, response.Body.Close()
			}
		}
		// Nobody has said who asks.
		Eventually(status(prometheus)).Should(Equal(http.StatusUnauthorized))

		renewed := writeCertificate(folder, 2)
		Eventually(status(renewed)).Should(Equal(http.StatusUnauthorized))
		_, err = status(prometheus)()
		Expect(err).To(MatchError(ContainSubstring("certificate")))
	})
})
