// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/clock"

	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/notifications/journal"
)

// Default limits of a receiver.
const (
	defaultMaxBodyBytes  = 64 << 10
	defaultMaxConcurrent = 256

	// defaultAnswerWithin leaves two of Agora's ten seconds for the network.
	defaultAnswerWithin = 8 * time.Second

	// defaultBodyWithin is long for one kilobyte that is sent at once.
	defaultBodyWithin = 3 * time.Second
)

// checkedBytes limits the bytes per second, and per burst, whose signatures are checked
// with all known secrets. Anybody can cause such checks, and each secret needs its own.
const checkedBytes = 64 << 20

// retryAfter is the number of seconds that senders should wait after a 503.
const retryAfter = "1"

// Options are the settings of a Receiver.
type Options struct {
	// Finder finds recordings.
	Finder notifications.RecipientFinder

	// Journal stores accepted events.
	Journal *journal.Journal

	// Unowned receives events about recordings that no object owns. Optional.
	Unowned Unowned

	// Metrics count and time the notifications.
	Metrics *Metrics

	// Logger logs refused notifications and the reasons.
	Logger logr.Logger

	// Clock tells the time. Defaults to the real clock.
	Clock clock.PassiveClock

	// MaxBodyBytes limits the size of a notification. Defaults to 64 KiB.
	MaxBodyBytes int64

	// MaxConcurrent limits the notifications that are processed at the same time.
	// Defaults to 256.
	MaxConcurrent int

	// AnswerWithin limits the time until the answer, even if the API server is slow.
	// Defaults to 8 s.
	AnswerWithin time.Duration

	// BodyWithin limits the time until the body has arrived. Defaults to 3 s.
	BodyWithin time.Duration
}

// Receiver answers Agora's notifications.
type Receiver struct {
	options    Options
	slots      chan struct{}
	recent     *recent
	complaints *complaints
	// checks limits the rate of checks with all known secrets.
	checks *rate.Limiter
}

var _ http.Handler = (*Receiver)(nil)

// New returns a Receiver.
func New(options Options) *Receiver {
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	options.MaxBodyBytes = cmp.Or(options.MaxBodyBytes, defaultMaxBodyBytes)
	options.MaxConcurrent = cmp.Or(options.MaxConcurrent, defaultMaxConcurrent)
	options.AnswerWithin = cmp.Or(options.AnswerWithin, defaultAnswerWithin)
	options.BodyWithin = cmp.Or(options.BodyWithin, defaultBodyWithin)
	return &Receiver{
		options:    options,
		slots:      make(chan struct{}, options.MaxConcurrent),
		recent:     newRecent(),
		complaints: newComplaints(options.Logger, options.Clock),
		checks:     rate.NewLimiter(checkedBytes, checkedBytes),
	}
}

// verdict is the outcome of a notification.
type verdict struct {
	result Result
	// eventType is the metric's label.
	eventType string
	// cause says why a notification is refused. It contains no part of the notification.
	cause error
	// verifiedSID and verifiedNamespace are the ID and the namespace of the recording.
	// They are empty until the signature is verified.
	verifiedSID       string
	verifiedNamespace string
}

// ServeHTTP answers a notification.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	begin := r.options.Clock.Now()
	v := r.receive(w, request)
	r.options.Metrics.answered(v.eventType, v.result, r.options.Clock.Since(begin))
	r.complaints.about(v, request.RemoteAddr)
	answer(w, v.result)
}

// receive decides the outcome of a notification.
func (r *Receiver) receive(w http.ResponseWriter, request *http.Request) verdict {
	v := verdict{eventType: unknownType}
	if request.Method != http.MethodPost {
		return v.refuse(WrongMethod, errors.New("the method is not POST"))
	}
	if mediaType, _, err := mime.ParseMediaType(request.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		return v.refuse(WrongContentType, errors.New("the content type is not application/json"))
	}
	ctx, cancel := context.WithTimeout(request.Context(), r.options.AnswerWithin)
	defer cancel()
	body, err := r.read(w, request)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return v.refuse(TooLarge, errors.New("the body is too large"))
	case err != nil:
		return v.refuse(Malformed, errors.New("the body did not arrive in time, or not whole"))
	}
	// Take the slot only now, so that clients that send nothing do not take the slots of
	// those that have sent.
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	default:
		return v.refuse(Busy, errors.New("too many notifications came at once"))
	}
	return r.judge(ctx, v, request.Header, body)
}

// read reads the body. The body must arrive quickly, because it occupies one of the
// server's connections.
func (r *Receiver) read(w http.ResponseWriter, request *http.Request) ([]byte, error) {
	// Connection deadlines are in real time. Without a connection, as in a test, there is
	// no deadline.
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(r.options.BodyWithin))
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, r.options.MaxBodyBytes))
	if err != nil {
		return nil, err
	}
	// A deadline that passes during the write of the event would end the request.
	_ = connection.SetReadDeadline(time.Time{})
	return body, nil
}

// judge decides the outcome of a well-formed notification. Only its envelope is decoded
// before its signature is verified.
func (r *Receiver) judge(ctx context.Context, v verdict, header http.Header, body []byte) verdict {
	envelope, err := notifications.Open(body)
	if err != nil {
		return v.refuse(Malformed, err)
	}
	v.eventType = labelOf(envelope.Type)
	recipients, err := r.recipients(ctx, envelope)
	switch {
	case err != nil:
		return v.refuse(Unavailable, err)
	case len(recipients) == 0 && envelope.IsHealthCheck():
		return v.accept(HealthCheck)
	case len(recipients) == 0:
		return r.judgeUnknown(ctx, v, newCheck(header, body), envelope)
	}
	verified, v := verify(v, newCheck(header, body), recipients)
	if len(verified) == 0 {
		return v
	}
	return r.deliver(ctx, v, envelope, verified).orUnreadable(recipients)
}

// deliver stores a notification's event for the recordings whose secret signed it.
func (r *Receiver) deliver(ctx context.Context, v verdict, envelope notifications.Envelope, verified []notifications.Recipient) verdict {
	v.verifiedSID, v.verifiedNamespace = envelope.SID, verified[0].Name.Namespace
	if envelope.IsOfAnotherProduct() || !envelope.Type.BringsNews() {
		return v.accept(NothingToLearn)
	}
	event, err := r.event(envelope)
	if err != nil {
		return v.refuse(Malformed, err)
	}
	return r.keep(ctx, v, event, verified)
}

// event decodes the event of a notification. An event without a time gets the current
// time.
func (r *Receiver) event(envelope notifications.Envelope) (notifications.Event, error) {
	event, err := envelope.Event()
	if err == nil && event.Time.IsZero() {
		event.Time = r.options.Clock.Now().UTC().Truncate(time.Millisecond)
	}
	return event, err
}

// judgeUnknown decides the outcome of a notification with a sid that this replica does
// not know. The sid of a recording that has just started is in the API server already, or
// will be in a moment. Agora repeats a notification that is not answered with 200.
func (r *Receiver) judgeUnknown(ctx context.Context, v verdict, check *check, envelope notifications.Envelope) verdict {
	if envelope.SID == "" || !envelope.Type.BringsNews() || !check.isSigned {
		// Nothing unsigned is stored, whatever it is about.
		return v.accept(UnknownSID)
	}
	cname := envelope.CName()
	signers, err := r.signers(ctx, cname, check)
	if err != nil {
		return v.refuse(Unavailable, err)
	}
	claimants, err := r.options.Finder.Claimants(ctx, cname, envelope.SID, signers)
	switch {
	case errors.Is(err, notifications.ErrAskedTooOften):
		return v.refuse(Busy, err)
	case err != nil:
		return v.refuse(Unavailable, err)
	}
	owners, refused := owners(v, check, claimants)
	if len(owners) == 0 {
		if refused.result == UnknownSID && len(signers) > 0 && !haveOwner(claimants) {
			r.noteUnowned(ctx, envelope, signers[0])
		}
		return refused
	}
	return r.deliver(ctx, v, envelope, owners)
}

// signers returns the known namespaces whose secret signed a notification. It tries the
// recordings of the channel first, which is enough in most cases.
func (r *Receiver) signers(ctx context.Context, cname string, check *check) ([]string, error) {
	beginning, err := r.options.Finder.Beginning(ctx, cname)
	if err != nil {
		return nil, err
	}
	namespaces := sets.New[string]()
	for _, recipient := range beginning {
		if check.passes(recipient.Secret) {
			namespaces.Insert(recipient.Name.Namespace)
		}
	}
	if namespaces.Len() > 0 {
		return sets.List(namespaces), nil
	}
	return r.options.Finder.Signers(func(secret []byte) bool {
		return r.checks.AllowN(r.options.Clock.Now(), len(check.body)+len(secret)) && check.passes(secret)
	}), nil
}

// owners returns the recordings that have the sid by now and whose secret signed the
// body. If there are none, or if more may follow in a moment, it returns the outcome of
// the notification.
func owners(v verdict, check *check, claimants []notifications.Claimant) (owners []notifications.Recipient, refused verdict) {
	refused = v.accept(UnknownSID)
	for _, claimant := range claimants {
		verified, verdict := verify(v, check, []notifications.Recipient{claimant.Recipient})
		switch {
		case claimant.Standing == notifications.Unrelated:
		case len(verified) == 0 && (claimant.Starting || claimant.Unreadable != nil):
			// Other projects may use the same channel name. But while this recording is
			// being started, its Secret may also have just changed.
			refused = verdict
		case len(verified) == 0:
		case claimant.Standing == notifications.Undecided:
			return nil, v.refuse(TooEarly, errors.New("a recording of its channel is being started, whose sid is not known yet: Agora sends it again"))
		default:
			owners = append(owners, verified...)
		}
	}
	return owners, refused
}

// recipients returns the recordings with a sid. No recording has an empty one. The first
// notification with a sid may say that its recording has begun.
func (r *Receiver) recipients(ctx context.Context, envelope notifications.Envelope) ([]notifications.Recipient, error) {
	if envelope.SID == "" {
		return nil, nil
	}
	recipients, err := r.options.Finder.Recipients(ctx, envelope.SID)
	if len(recipients) > 0 || err != nil || !envelope.Type.TellsOfStart() {
		return recipients, err
	}
	cname, uid := envelope.CName(), envelope.UID()
	if cname == "" || uid == "" {
		return nil, nil
	}
	return r.options.Finder.Starting(ctx, cname, uid)
}

// verify returns the recipients whose secret signed the body. If there are none, it
// returns the outcome of the notification.
func verify(v verdict, check *check, recipients []notifications.Recipient) ([]notifications.Recipient, verdict) {
	if !check.isSigned {
		return nil, v.refuse(Unsigned, errors.New("it is about a recording of ours and has no signature"))
	}
	var verified []notifications.Recipient
	hasSecret := false
	for _, recipient := range recipients {
		hasSecret = hasSecret || len(recipient.Secret) > 0
		if check.passes(recipient.Secret) {
			verified = append(verified, recipient)
		}
	}
	switch {
	case len(verified) > 0:
		return verified, v
	case unreadable(recipients) != nil:
		return nil, v.refuse(Unavailable, unreadable(recipients))
	case !hasSecret:
		return nil, v.refuse(Forged, errors.New("the Secret of its recording has no notificationSecret: put the secret of the project's notifications into it, from the Agora Console"))
	default:
		return nil, v.refuse(Forged, errors.New("its signature is not that of the notificationSecret in the Secret of its recording"))
	}
}

// unreadable returns why a recipient's Secret could not be read, or nil if all could.
func unreadable(recipients []notifications.Recipient) error {
	for _, recipient := range recipients {
		if recipient.Unreadable != nil {
			return recipient.Unreadable
		}
	}
	return nil
}

// orUnreadable asks Agora to repeat a notification while the Secret of another recipient
// cannot be read. The notification may be for that recipient, too.
func (v verdict) orUnreadable(recipients []notifications.Recipient) verdict {
	if err := unreadable(recipients); err != nil && v.result.status() == http.StatusOK {
		return v.refuse(Unavailable, err)
	}
	return v
}

// keep stores an event unless it was stored before.
func (r *Receiver) keep(ctx context.Context, v verdict, event notifications.Event, recipients []notifications.Recipient) verdict {
	accept := func(claimed []notifications.Recipient) error { return r.options.Journal.Accept(ctx, event, claimed) }
	result := Duplicate
	for _, group := range r.inOrder(recipients) {
		isDuplicate, err := r.recent.once(ctx, event, group, accept)
		switch {
		case errors.Is(err, journal.ErrRecordingOverdrawn), errors.Is(err, journal.ErrNamespaceOverdrawn):
			return v.refuse(Overdrawn, err)
		case errors.Is(err, journal.ErrNamespaceBusy):
			return v.refuse(Busy, err)
		case err != nil:
			return v.refuse(Unavailable, err)
		case !isDuplicate:
			result = Accepted
		}
	}
	return v.accept(result)
}

// inOrder returns the recipients that the journal accepts first, followed by those that
// have, or whose namespace has, exceeded their share. For the second group, the event may
// still be a duplicate.
func (r *Receiver) inOrder(recipients []notifications.Recipient) [2][]notifications.Recipient {
	var groups [2][]notifications.Recipient
	for _, recipient := range recipients {
		group := 0
		if r.options.Journal.TurnsAway(recipient) {
			group = 1
		}
		groups[group] = append(groups[group], recipient)
	}
	return groups
}

func (v verdict) accept(result Result) verdict {
	v.result = result
	return v
}

func (v verdict) refuse(result Result, cause error) verdict {
	v.result, v.cause = result, cause
	return v
}

// answer writes the outcome of a notification as a small JSON object, as Agora requires.
func answer(w http.ResponseWriter, result Result) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	switch status := result.status(); status {
	case http.StatusMethodNotAllowed:
		header.Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		header.Set("Retry-After", retryAfter)
	case http.StatusUnauthorized:
		// A 401 answer must name an authentication scheme.
		header.Set("WWW-Authenticate", SignatureV2Header)
	}
	if result.isUnread() {
		// Otherwise, the server would first read the rest of the body, however slowly it
		// arrives.
		header.Set("Connection", "close")
	}
	w.WriteHeader(result.status())
	// If the sender is gone, nobody reads the answer.
	_ = json.NewEncoder(w).Encode(map[string]Result{"result": result})
}
