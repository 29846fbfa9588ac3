// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
	"cloudrecording.dev/operator/hack/testenv"
)

const someSID = "5d977a023b6c135c702bcc3cabc21def"

var _ = Describe("An endpoint before Agora", func() {
	const path = "/v1/apps/a/cloud_recording/resourceid/r/sid/" + someSID + "/mode/mix/query"
	var (
		proxy    *agoraProxy
		e        *endpoint
		operator *anOperator
		asked    atomic.Int32
		client   *http.Client
	)

	BeforeEach(func() {
		proxy = &agoraProxy{
			agora: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				w.WriteHeader(http.StatusTeapot)
				_, _ = io.WriteString(w, "an answer")
				if r.Header.Get("Cut") != "" {
					panic(http.ErrAbortHandler)
				}
			}),
			accountOf: func(customer, secret string) string { return customer + " by " + secret },
		}
		operator = &anOperator{}
		var err error
		e, err = newEndpoint(proxy, operator)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(e.close)
		client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	})

	ask := func(cut bool) error {
		request, err := http.NewRequest(http.MethodGet, e.URL()+path, nil)
		Expect(err).NotTo(HaveOccurred())
		request.SetBasicAuth("customer", "secret")
		if cut {
			request.Header.Set("Cut", "yes")
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		_, err = io.ReadAll(response.Body)
		Expect(response.Body.Close()).To(Succeed())
		return err
	}
	noted := func() (lines []string) {
		for _, a := range proxy.answers.All() {
			lines = append(lines, fmt.Sprint(a.Process, " ", a.Method, " ", a.SID, " ", a.Account, ": ", a.Status, " ", string(a.Body), " ", a.Whole))
		}
		return lines
	}
	const answered = "7 query " + someSID + " customer by secret: 418 an answer "

	It("notes what is answered", func() {
		Expect(ask(false)).To(Succeed())
		Eventually(noted).Should(Equal([]string{answered + "true"}))
	})

	Describe("with a kill point", func() {
		const start = "/v1/apps/a/cloud_recording/resourceid/r/mode/mix/start"
		begin := func(cname string) error {
			body := strings.NewReader(`{"cname":"` + cname + `","uid":"1","clientRequest":{}}`)
			response, err := client.Post(e.URL()+start, "application/json", body)
			if err != nil {
				return err
			}
			return response.Body.Close()
		}
		acted := func() bool { return asked.Load() > 0 }

		DescribeTable("kills the operator that starts the recording", func(at plan.Variant, isActed, isAnswered bool) {
			kill := plan.Action{Kind: plan.DoKillAt, How: at}
			kill.Recording.Options.CName = "lesson"
			proxy.setKills(func([]plan.Action) []plan.Action { return []plan.Action{kill} })
			Expect(begin("another")).To(Succeed())
			Expect(operator.kills.Load()).To(BeZero())
			asked.Store(0)
			Expect(begin("lesson") == nil).To(Equal(isAnswered))
			Eventually(operator.kills.Load).Should(BeEquivalentTo(1))
			Expect(acted()).To(Equal(isActed))
			Expect(begin("lesson")).To(Succeed(), "once only")
			Expect(record.Count(proxy.struck.All())).To(Equal(map[string]int{kill.String(): 1}))
			starts := func() (lines []string) {
				for _, a := range proxy.answers.All() {
					lines = append(lines, fmt.Sprint(a.Method, " of ", a.CName, " with ", a.ResourceID, ": ", a.Whole))
				}
				return lines
			}
			Eventually(starts).Should(ContainElements("start of another with r: true", fmt.Sprint("start of lesson with r: ", isAnswered)))
		},
			Entry(nil, plan.BeforeStart, false, false),
			Entry(nil, plan.StartActed, true, false),
			Entry(nil, plan.StartAnswered, true, true),
		)
	})

	It("notes when a request arrived, and not when it was handled", func() {
		const busy = 200 * time.Millisecond
		var noted, begun time.Time
		// A handler that starts late simulates a busy process.
		server := testenv.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			begun = time.Now()
			<-time.After(busy)
			noted = arrivalOf(r)
		}))
		server.Config.ConnContext = keepConnection
		server.Start()
		DeferCleanup(server.Close)
		response, err := http.Get(server.URL)
		Expect(err).NotTo(HaveOccurred())
		Expect(response.Body.Close()).To(Succeed())
		if runtime.GOOS == "linux" {
			Expect(noted).To(BeTemporally("<", begun.Add(busy/2)))
		}
	})

	It("notes what is cut off", func() {
		Expect(ask(true)).NotTo(Succeed())
		Eventually(noted).Should(Equal([]string{answered + "false"}))
	})

	It("refuses connections, and accepts them again at the same address", func() {
		before := e.URL()
		Expect(e.fail(plan.Refusing)).To(Succeed())
		Expect(ask(false)).To(MatchError(ContainSubstring("connection refused")))

		By("not minding who is given its port meanwhile")
		_, port, err := net.SplitHostPort(e.address)
		Expect(err).NotTo(HaveOccurred())
		if runtime.GOOS == "linux" {
			if other, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", port)); err == nil {
				DeferCleanup(other.Close)
			}
		}
		Expect(e.recover()).To(Succeed())
		Expect(e.URL()).To(Equal(before))
		Expect(ask(false)).To(Succeed())
	})

	It("has an address that can be read while it recovers", func() {
		before := e.URL()
		Expect(e.fail(plan.Refusing)).To(Succeed())
		recovered := make(chan error, 1)
		go func() { recovered <- e.recover() }()
		Expect(e.URL()).To(Equal(before))
		Eventually(recovered).Should(Receive(BeNil()))
	})

	It("answers with a gateway's page without Agora, until it recovers", func() {
		asked.Store(0)
		Expect(e.fail(plan.Paging)).To(Succeed())
		response, err := client.Get(e.URL() + path)
		Expect(err).NotTo(HaveOccurred())
		body, err := io.ReadAll(response.Body)
		Expect(err).NotTo(HaveOccurred())
		Expect(response.Body.Close()).To(Succeed())
		Expect(response.StatusCode).To(Equal(http.StatusServiceUnavailable))
		Expect(string(body)).To(HavePrefix("<html>"))
		Expect(asked.Load()).To(BeZero())
		Expect(proxy.answers.All()).To(BeEmpty())
		Expect(record.Count(proxy.struck.All())).To(Equal(map[string]int{"endpoint answered with a gateway's page": 1}))
		Expect(e.recover()).To(Succeed())
		Expect(ask(false)).To(Succeed())
	})

	It("is chosen by when it was asked", func() {
		other, err := newEndpoint(proxy, operator)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(other.close)
		both := []*endpoint{other, e}
		Expect(ask(false)).To(Succeed())
		Expect(choose(plan.EndpointInUse, both)).To(ConsistOf(BeIdenticalTo(e)))
		Expect(choose(plan.FirstEndpoint, both)).To(ConsistOf(BeIdenticalTo(other)))
		Expect(choose(plan.AllEndpoints, both)).To(HaveLen(2))
	})

	It("hangs until it answers again", func() {
		Expect(e.fail(plan.Hanging)).To(Succeed())
		asked := make(chan error, 1)
		go func() { asked <- ask(false) }()
		Consistently(asked, "100ms").ShouldNot(Receive())
		Expect(e.recover()).To(Succeed())
		Eventually(asked).Should(Receive(HaveOccurred()))
		Expect(proxy.answers.All()).To(BeEmpty())
		Expect(ask(false)).To(Succeed())
	})
})

var _ = Describe("The front of the receivers", func() {
	It("passes notifications to whoever runs, and notes the answers", func() {
		receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }))
		DeferCleanup(receiver.Close)
		// The address of a closed server could be reused.
		gone := testenv.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
		gone.Start()
		DeferCleanup(gone.Close)
		proxy := newNotificationProxy([]string{strings.TrimPrefix(gone.URL, "http://"), strings.TrimPrefix(receiver.URL, "http://")},
			func(http.Header, []byte) bool { return true })
		DeferCleanup(proxy.close)
		for range 2 {
			response, err := http.Post(proxy.server.URL, "application/json",
				strings.NewReader(`{"eventType":31,"payload":{"sid":"`+someSID+`"}}`))
			Expect(err).NotTo(HaveOccurred())
			Expect(response.Body.Close()).To(Succeed())
			Expect(response.StatusCode).To(Equal(http.StatusAccepted))
		}
		noted := proxy.notifications.All()
		Expect(noted).To(HaveLen(2))
		for _, n := range noted {
			Expect(n.EventType).To(Equal(31))
			Expect(n.SID).To(Equal(someSID))
			Expect(n.Signed).To(BeTrue())
			Expect(n.Status).To(Equal(http.StatusAccepted))
		}
	})
})

// anOperator is an operator that uses an endpoint.
type anOperator struct{ kills atomic.Int32 }

func (*anOperator) number() int { return 7 }

func (o *anOperator) kill() { o.kills.Add(1) }

var _ = Describe("The fleet", func() {
	It("has two replicas of the main shard, so that another takes over", func() {
		fleet := &Fleet{}
		for i, of := range plan.Replicas() {
			fleet.replicas = append(fleet.replicas, &replica{fleet: fleet, index: i, shard: of})
		}
		Expect(fleet.of(plan.ShardMain)).To(HaveLen(2))
		Expect(fleet.of(plan.ShardOther)).To(HaveLen(1))
		Expect(fleet.replicas).To(HaveLen(3))
	})
})
