// SPDX-License-Identifier: Apache-2.0

package process_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/client-go/tools/clientcmd"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/testenv"
)

// wire is the connection of operators to the API server. It can be cut.
type wire struct {
	listener net.Listener
	target   string

	mu          sync.Mutex
	cut         bool
	connections map[net.Conn]struct{}
}

// newWire returns a wire to the API server, and the path of a kubeconfig that uses it.
func newWire(ctx context.Context) (w *wire, kubeconfig string) {
	GinkgoHelper()
	config, err := clientcmd.LoadFromFile(cluster.Kubeconfig)
	Expect(err).NotTo(HaveOccurred())
	target, err := url.Parse(cluster.Config.Host)
	Expect(err).NotTo(HaveOccurred())
	if target.Host == "" {
		target.Host = cluster.Config.Host
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	w = &wire{listener: listener, target: target.Host, connections: map[net.Conn]struct{}{}}
	go w.serve()
	DeferCleanup(func() {
		w.set(true)
		Expect(listener.Close()).To(Succeed())
	})
	for _, entry := range config.Clusters {
		entry.Server = "https://" + listener.Addr().String()
	}
	kubeconfig = filepath.Join(GinkgoT().TempDir(), "kubeconfig")
	Expect(clientcmd.WriteToFile(*config, kubeconfig)).To(Succeed())
	return w, kubeconfig
}

func (w *wire) serve() {
	for {
		connection, err := w.listener.Accept()
		if err != nil {
			return
		}
		go w.pass(connection)
	}
}

func (w *wire) pass(connection net.Conn) {
	target, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", w.target)
	if err != nil || !w.keep(connection, target) {
		_ = connection.Close()
		if err == nil {
			_ = target.Close()
		}
		return
	}
	go func() {
		_, _ = io.Copy(target, connection)
		_ = target.Close()
	}()
	_, _ = io.Copy(connection, target)
	_ = connection.Close()
}

func (w *wire) keep(connections ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		return false
	}
	for _, connection := range connections {
		w.connections[connection] = struct{}{}
	}
	return true
}

// set cuts or restores the wire.
func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	if !cut {
		return
	}
	for connection := range w.connections {
		_ = connection.Close()
	}
	clear(w.connections)
}

var _ = Describe("Replicas that are cut off from the API server for longer than the lease", func() {
	It("lose none of the answers to the stops that are under way", func(ctx context.Context) {
		const stops = 100
		e := newEnvironment(ctx)
		e.arguments = e.electing()
		wire, kubeconfig := newWire(ctx)
		e.kubeconfig = kubeconfig
		e.createSecret(ctx)
		leader := e.startReplica(ctx)
		Eventually(e.leases(ctx)).Should(HaveLen(1))
		standby := e.startReplica(ctx)

		recordings := make([]*v1alpha1.CloudRecording, stops)
		for i := range recordings {
			// The recorder disappears with the stop, so that only the answer to the stop
			// reports the upload.
			recordings[i] = e.recordAs(fmt.Sprintf("lesson-%d", i), 5*time.Second, 0)
			Expect(k8sClient.Create(ctx, recordings[i])).To(Succeed())
		}
		for _, recording := range recordings {
			Eventually(observe(ctx, recording)).Should(HaveField("Status.FileList", Not(BeEmpty())))
		}
		Expect(standby.Pause()).To(Succeed())
		for _, recording := range recordings {
			patch(ctx, recording, wantStopped)
		}
		for _, recording := range recordings {
			Eventually(e.simulated(recording)).Should(HaveField("StopsTaken", 1))
		}
		wire.set(true)
		begun := time.Now()
		for _, recording := range recordings {
			Eventually(e.simulated(recording)).Should(HaveField("Exited", true))
		}
		requests := e.answered(faults.MethodStop, 200)
		Eventually(requests).Should(Equal(stops))
		const away = 12 * time.Second // three times the lease duration
		Consistently(leader.Ended(), away-time.Since(begun)).ShouldNot(BeClosed(), "it has answers to write")
		Expect(standby.Resume()).To(Succeed())
		wire.set(false)

		for _, recording := range recordings {
			Eventually(observe(ctx, recording)).Should(And(
				HaveField("Status.Phase", v1alpha1.PhaseCompleted),
				haveCondition(v1alpha1.UploadedCondition, "True", v1alpha1.ReportedByAgoraReason)))
		}
		Eventually(leader.Ended()).Should(BeClosed(), "another leads once it has written all")
		Expect(requests()).To(Equal(stops))
	})
})

var _ = Describe("An operator that cannot reach the API server", func() {
	It("is not ready until its caches are filled", func(ctx context.Context) {
		e := newEnvironment(ctx)
		wire, kubeconfig := newWire(ctx)
		options := testenv.OperatorOptions{
			Binary: binary, Kubeconfig: kubeconfig, Output: GinkgoWriter,
			Arguments: []string{"--agora-endpoints=" + e.agora.URL, "--watch-namespaces=" + e.namespace},
		}
		wire.set(true)
		soon, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		_, err := testenv.StartOperator(soon, options)
		Expect(err).To(MatchError(context.DeadlineExceeded))

		wire.set(false)
		operator, err := testenv.StartOperator(ctx, options)
		Expect(err).NotTo(HaveOccurred())
		operator.Kill()
	})
})
