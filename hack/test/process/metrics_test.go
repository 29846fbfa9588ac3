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
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/hack/testenv"
)

// metricsName is the DNS name in the certificate of config/certmanager.
const metricsName = "cloudrecording-metrics"

// writeCertificate writes a new self-signed certificate to a folder, in the form of a mounted
// Secret, and returns a client that trusts only this certificate.
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
		// The request is not authenticated.
		Eventually(status(prometheus)).Should(Equal(http.StatusUnauthorized))

		renewed := writeCertificate(folder, 2)
		Eventually(status(renewed)).Should(Equal(http.StatusUnauthorized))
		_, err = status(prometheus)()
		Expect(err).To(MatchError(ContainSubstring("certificate")))
	})

	It("lets in whoever may read metrics, and nobody else", func(ctx context.Context) {
		folder := GinkgoT().TempDir()
		https := writeCertificate(folder, 1)
		address, err := testenv.FreeAddress(ctx)
		Expect(err).NotTo(HaveOccurred())
		e := newEnvironment(ctx)
		e.createSecret(ctx)
		e.startReplica(ctx, "--metrics-bind-address="+address, "--metrics-cert-path="+folder)
		adopt(ctx, e.record(0, time.Minute))
		reader, stranger := e.tokenOf(ctx, "prometheus"), e.tokenOf(ctx, "stranger")
		e.bindMetricsReader(ctx, "prometheus")
		read := func(token string) func(Gomega) answer {
			return func(g Gomega) answer {
				request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+"/metrics", nil)
				g.Expect(err).NotTo(HaveOccurred())
				if token != "" {
					request.Header.Set("Authorization", "Bearer "+token)
				}
				response, err := https.Do(request)
				g.Expect(err).NotTo(HaveOccurred())
				body, err := io.ReadAll(response.Body)
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(response.Body.Close()).To(Succeed())
				return answer{response.StatusCode, string(body)}
			}
		}
		// A binding takes effect a moment after it was written.
		Eventually(read(reader)).Should(HaveField("Status", http.StatusOK))
		metrics := read(reader)(Default).Body
		Expect(metrics).To(ContainSubstring("cloudrecording_agora_requests_total{"))
		Expect(metrics).NotTo(Or(ContainSubstring(customerID), ContainSubstring(customerSecret)))
		for token, expected := range map[string]OmegaMatcher{
			"": Equal(http.StatusUnauthorized), "nonsense": Not(Equal(http.StatusOK)), stranger: Equal(http.StatusForbidden),
		} {
			Expect(read(token)(Default)).To(And(HaveField("Status", expected), HaveField("Body", Not(ContainSubstring("cloudrecording_")))))
		}
	})
})

// answer is an answer of the endpoint.
type answer struct {
	Status int
	Body   string
}

// tokenOf creates a ServiceAccount, and returns a token of it.
func (e *environment) tokenOf(ctx context.Context, name string) string {
	GinkgoHelper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: name}}
	Expect(k8sClient.Create(ctx, account)).To(Succeed())
	request := &authenticationv1.TokenRequest{}
	Expect(k8sClient.SubResource("token").Create(ctx, account, request)).To(Succeed())
	return request.Status.Token
}

// bindMetricsReader binds a ServiceAccount to the installed role for reading metrics.
func (e *environment) bindMetricsReader(ctx context.Context, name string) {
	GinkgoHelper()
	manifest, err := os.ReadFile(filepath.Join("..", "..", "..", "config", "rbac", "metrics_reader_role.yaml"))
	Expect(err).NotTo(HaveOccurred())
	role := &rbacv1.ClusterRole{}
	Expect(yaml.UnmarshalStrict(manifest, role)).To(Succeed())
	Expect(k8sClient.Create(ctx, role)).To(Succeed())
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: e.namespace},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: e.namespace, Name: name}},
	}
	Expect(k8sClient.Create(ctx, binding)).To(Succeed())
	DeferCleanup(func(ctx context.Context) {
		Expect(k8sClient.Delete(ctx, binding)).To(Succeed())
		Expect(k8sClient.Delete(ctx, role)).To(Succeed())
	})
}
