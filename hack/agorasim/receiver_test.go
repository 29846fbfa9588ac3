// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Agora signs with it
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
)

const notificationSecret = "notification-secret"

// notification is a notification as it arrived.
type notification struct {
	NoticeID  string `json:"noticeId"`
	ProductID int    `json:"productId"`
	EventType int    `json:"eventType"`
	NotifyMs  int64  `json:"notifyMs"`
	Payload   struct {
		CName        string         `json:"cname"`
		UID          string         `json:"uid"`
		SID          string         `json:"sid"`
		Sequence     int            `json:"sequence"`
		SendTs       int64          `json:"sendts"`
		ServiceType  int            `json:"serviceType"`
		ServiceScene string         `json:"serviceScene"`
		Details      map[string]any `json:"details"`
	} `json:"payload"`

	Header http.Header `json:"-"`
	Body   string      `json:"-"`
}

// receiver records notifications.
type receiver struct {
	*httptest.Server

	mu       sync.Mutex
	received []notification
	answers  func(n int) int // the status of the nth answer, starting at 1
}

func newReceiver() *receiver {
	GinkgoHelper()
	r := &receiver{answers: func(int) int { return http.StatusOK }}
	r.Server = httptest.NewServer(r)
	DeferCleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	defer GinkgoRecover()
	body, err := io.ReadAll(request.Body)
	Expect(err).NotTo(HaveOccurred())
	arrived := notification{Header: request.Header, Body: string(body)}
	Expect(json.Unmarshal(body, &arrived)).To(Succeed())
	r.mu.Lock()
	r.received = append(r.received, arrived)
	status := r.answers(len(r.received))
	r.mu.Unlock()
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "{}")
}

func (r *receiver) notifications() []notification {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]notification{}, r.received...)
}

// types returns the types of the events that arrived, in order.
func (r *receiver) types() []int {
	types := []int{}
	for _, n := range r.notifications() {
		types = append(types, n.EventType)
	}
	return types
}

// of returns the notifications of a type.
func (r *receiver) of(eventType int) []notification {
	var found []notification
	for _, n := range r.notifications() {
		if n.EventType == eventType {
			found = append(found, n)
		}
	}
	return found
}

// awaitOne waits for a notification of a type and returns it. It must be the only one.
func (r *receiver) awaitOne(eventType int) notification {
	GinkgoHelper()
	Eventually(func() []notification { return r.of(eventType) }).Should(HaveLen(1))
	return r.of(eventType)[0]
}

func (r *receiver) answer(status func(n int) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers = status
}

// sentTo sends notifications to a receiver. If there are types, it sends only those.
func sentTo(r *receiver, eventTypes ...int) func(*agorasim.Options) {
	return func(o *agorasim.Options) {
		o.Notifications = notify.Settings{
			Receiver: notify.Receiver{URL: r.URL, Secret: notificationSecret}, EventTypes: eventTypes,
		}
	}
}

func digest(algorithm func() hash.Hash, secret, body string) string {
	code := hmac.New(algorithm, []byte(secret))
	_, _ = io.WriteString(code, body)
	return hex.EncodeToString(code.Sum(nil))
}

func signedBy(secret string) OmegaMatcher { return SatisfyAll(haveV1(secret), haveV2(secret)) }

func haveV1(secret string) OmegaMatcher {
	return Satisfy(func(n notification) bool {
		return n.Header.Get("Agora-Signature") == digest(sha1.New, secret, n.Body)
	})
}

func haveV2(secret string) OmegaMatcher {
	return Satisfy(func(n notification) bool {
		return n.Header.Get("Agora-Signature-V2") == digest(sha256.New, secret, n.Body)
	})
}

func haveDetails(details OmegaMatcher) OmegaMatcher { return HaveField("Payload.Details", details) }
