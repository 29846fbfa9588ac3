// SPDX-License-Identifier: Apache-2.0

package secrets

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestParseCredentials(t *testing.T) {
	pair := map[string]string{"customerId": "id", "customerSecret": "secret"}
	with := func(key, value string) map[string]string {
		data := map[string]string{key: value}
		for k, v := range pair {
			if _, ok := data[k]; !ok {
				data[k] = v
			}
		}
		return data
	}
	parse := func(namespace string, data map[string]string) (Credentials, error) {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "agora"}, Data: map[string][]byte{}}
		for key, value := range data {
			secret.Data[key] = []byte(value)
		}
		return parseCredentials(context.Background(), secret, 10)
	}
	g := NewWithT(t)

	parsed, err := parse("school", with("customerSecret", " secret\n"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(parsed.CustomerID).To(Equal("id"))
	g.Expect(parsed.CustomerSecret).To(Equal("secret"), "a line break at the end of a file is no part of it")
	g.Expect(parsed.RequestsPerSecond).To(BeEquivalentTo(10))

	elsewhere, err := parse("college", pair)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(elsewhere.Account).To(Equal(parsed.Account), "the same pair is the same account in any namespace")

	other, err := parse("school", with("customerSecret", "another"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(other.Account).NotTo(Equal(parsed.Account), "who knows only the ID gets a budget of their own")

	named, err := parse("school", with("account", "main"))
	g.Expect(err).NotTo(HaveOccurred())
	namedElsewhere, err := parse("college", with("account", "main"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(named.Account).NotTo(Equal(namedElsewhere.Account), "a name counts within its namespace")

	for text, want := range map[string]float64{"50": 50, " 2.5\n": 2.5, "": 10, "many": 10, "0": 10, "-1": 10, "NaN": 10, "Inf": 10} {
		limited, err := parse("school", with("requestsPerSecond", text))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(limited.RequestsPerSecond).To(Equal(want), "%q", text)
	}

	_, err = parse("school", nil)
	g.Expect(err).To(MatchError(ContainSubstring("lacks customerId and customerSecret")))
}
