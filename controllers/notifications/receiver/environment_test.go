// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/notifications/journal"
	"cloudrecording.dev/operator/controllers/notifications/replicatest"
)

// replica is an operator process that receives notifications.
type replica struct {
	*replicatest.Process
	finder   *finder
	inbox    *journal.Inbox
	receiver *Receiver
	url      string
	client   *http.Client
}

// patience is more time than any spec takes.
const patience = time.Hour

// patient lets a replica wait for its clients and for the API server as long as they like.
func patient(options *Options) { options.AnswerWithin, options.BodyWithin = patience, patience }

// begin starts a replica in its own namespace.
func begin(ctx context.Context, change func(*Options)) *replica {
	GinkgoHelper()
	return beginIn(ctx, replicatest.CreateNamespace(ctx, k8sClient), change)
}

// beginIn starts a replica in a namespace. It ends with the spec, or when Stop is called.
func beginIn(ctx context.Context, namespace string, change func(*Options)) *replica {
	GinkgoHelper()
	return beginWith(ctx, namespace, change, nil)
}

// beginWith starts a replica with other options, including those of its inbox.
func beginWith(ctx context.Context, namespace string, change func(*Options), changeInbox func(*journal.InboxOptions)) *replica {
	GinkgoHelper()
	r := &replica{
		Process: replicatest.New(cluster.Config, namespace, journal.CacheByObject(namespace, "")),
		finder:  &finder{recipients: map[string][]notifications.Recipient{lessonSID: {lesson()}}},
		client:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}},
	}
	r.inbox = r.newInbox(ctx, changeInbox)
	kept := journal.New(journal.Options{Client: r.Manager.GetClient(), Namespace: namespace, Backlog: r.inbox})
	metrics, err := NewMetrics(r.Registry)
	Expect(err).NotTo(HaveOccurred())
	options := Options{Finder: r.finder, Journal: kept, Metrics: metrics, Logger: r.Logger}
	if change != nil {
		change(&options)
	}
	r.receiver = New(options)
	server, err := Listen(ctx, "127.0.0.1:0", r.receiver, r.Logger)
	Expect(err).NotTo(HaveOccurred())
	if options.BodyWithin == patience {
		settings := server.server.Server
		settings.ReadHeaderTimeout, settings.ReadTimeout, settings.WriteTimeout, settings.IdleTimeout = patience, patience, patience, patience
	}
	Expect(r.Manager.Add(server)).To(Succeed())
	r.url = "http://" + server.Address() + "/"
	// The replica logs nothing more after it has ended.
	DeferCleanup(r.expectNoSecrets)
	r.Start()
	DeferCleanup(r.client.CloseIdleConnections)
	return r
}

func (r *replica) newInbox(ctx context.Context, change func(*journal.InboxOptions)) *journal.Inbox {
	GinkgoHelper()
	metrics, err := journal.NewMetrics(r.Registry)
	Expect(err).NotTo(HaveOccurred())
	options := journal.InboxOptions{
		Client: r.Manager.GetClient(), Reader: r.Manager.GetAPIReader(), Namespace: r.Namespace, Metrics: metrics, Logger: r.Logger,
	}
	if change != nil {
		change(&options)
	}
	inbox := journal.NewInbox(options)
	Expect(inbox.SetupWithManager(ctx, r.Manager)).To(Succeed())
	return inbox
}

// expectNoSecrets checks everything that the replica has logged.
func (r *replica) expectNoSecrets() {
	GinkgoHelper()
	for _, secret := range []string{lessonSecret, otherSecret} {
		Expect(string(r.Logs.Contents())).NotTo(ContainSubstring(secret))
	}
}

// reply is an answer to a notification.
type reply struct {
	Status int
	Result Result
	Header http.Header
}

// send sends a request unchanged.
func (r *replica) send(request *http.Request) (reply, error) {
	response, err := r.client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return reply{}, err
	}
	var body struct{ Result Result }
	err = json.Unmarshal(content, &body)
	return reply{Status: response.StatusCode, Result: body.Result, Header: response.Header}, err
}

// request returns an unsigned notification.
func (r *replica) request(ctx context.Context, body string) *http.Request {
	GinkgoHelper()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, strings.NewReader(body))
	Expect(err).NotTo(HaveOccurred())
	request.Header.Set("Content-Type", "application/json")
	return request
}

// post sends a notification that is signed with a secret.
func (r *replica) post(ctx context.Context, body, secret string) reply {
	GinkgoHelper()
	request := r.request(ctx, body)
	request.Header.Set(SignatureHeader, signV1(body, secret))
	request.Header.Set(SignatureV2Header, signV2(body, secret))
	answer, err := r.send(request)
	Expect(err).NotTo(HaveOccurred())
	return answer
}

// beAnswered matches the status and the result of an answer.
func beAnswered(status int, result Result) OmegaMatcher {
	return And(HaveField("Status", status), HaveField("Result", result))
}

// accepted matches the answer that Agora takes for success.
func accepted() OmegaMatcher { return beAnswered(http.StatusOK, Accepted) }

// batches returns a function that lists the journal.
func batches(ctx context.Context, namespace string) func(Gomega) []corev1.ConfigMap {
	return replicatest.Batches(ctx, k8sClient, namespace)
}

// notices returns a function that returns the IDs of a recording's pending events.
func (r *replica) notices(uid types.UID) func() []string {
	return func() []string {
		ids := []string{}
		for _, event := range r.inbox.Pending(uid) {
			ids = append(ids, event.NoticeID)
		}
		return ids
	}
}
