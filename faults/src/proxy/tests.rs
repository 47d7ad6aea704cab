//! The proxy against a node that counts what reaches it.

use super::*;

/// A node that answers with how many requests it has had; and the count.
async fn node() -> (SocketAddr, Arc<AtomicUsize>, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counting = Arc::clone(&count);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = http::read_request(&mut stream).await.unwrap();
            let number = counting.fetch_add(1, Relaxed) + 1;
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{{\"number\":\"{number}\"}}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (address, count, tasks)
}

/// Sends one request with this fate, and waits for 300 ms; what came, and what is known of it.
async fn exchange(network: &Network, fate: Fate) -> (Option<String>, Passage) {
    let record = Arc::new(Record::new(network.calm_id(), fate, clock::now()));
    network.announce(&record);
    let request = http::Request::get("/").with(http::EXCHANGE, record.id.to_string()).bytes(network.address);
    let mut stream = TcpStream::connect(network.address).await.unwrap();
    let sent = timeout(Duration::from_millis(300), http::send(&mut stream, &request)).await;
    let answer = sent.ok().and_then(Result::ok).and_then(|bytes| http::Answer::parse(&bytes));
    let number = answer.map(|answer| answer.json()["number"].as_str().unwrap_or("none").to_owned());
    sleep(Duration::from_millis(30)).await;
    (number, record.passage())
}

use crate::record::Passage;

#[tokio::test]
async fn what_is_dropped_before_the_node_never_reaches_it_and_what_is_dropped_after_it_does() {
    let (address, count, _node) = node().await;
    let network = Network::start(vec![address]).await.unwrap();
    let (answer, passage) = exchange(&network, Fate::CALM).await;
    assert_eq!((answer.as_deref(), count.load(Relaxed)), (Some("1"), 1));
    assert!(passage.is_over && passage.status == Some(200) && passage.forwarded < passage.judged_by);
    let (answer, passage) = exchange(&network, Fate { request: Request::Dropped, ..Fate::CALM }).await;
    assert_eq!((answer, count.load(Relaxed)), (None, 1));
    assert!(passage.is_over && passage.forwarded.is_none() && passage.judged_by.is_none());
    let (answer, passage) = exchange(&network, Fate { answer: Answer::Dropped, ..Fate::CALM }).await;
    assert_eq!((answer, count.load(Relaxed)), (None, 2));
    assert!(passage.is_over && passage.status == Some(200));
    let (answer, _) = exchange(&network, Fate { answer: Answer::Cut, ..Fate::CALM }).await;
    assert_eq!((answer, count.load(Relaxed)), (None, 3));
    let late = Duration::from_millis(500);
    let (answer, passage) = exchange(&network, Fate { answer: Answer::Passes(late), ..Fate::CALM }).await;
    assert_eq!((answer, count.load(Relaxed), passage.is_over), (None, 4, true), "the client has given up");
}

#[tokio::test]
async fn a_copy_reaches_a_node_of_its_own_and_either_answer_may_be_given() {
    let nodes = [node().await, node().await];
    let network = Network::start(nodes.iter().map(|(address, ..)| *address).collect()).await.unwrap();
    let after = Duration::from_millis(20);
    for copy in [Copy::After(after), Copy::Instead(after)] {
        let (answer, passage) = exchange(&network, Fate { copy, ..Fate::CALM }).await;
        assert!(answer.is_some() && passage.is_over);
        assert!(passage.judged_by.unwrap() - passage.forwarded.unwrap() >= after, "the last copy counts");
    }
    assert_eq!(nodes.iter().map(|(_, count, _)| count.load(Relaxed)).collect::<Vec<_>>(), [2, 2]);
}

#[tokio::test]
async fn a_node_that_is_away_is_seen_and_nothing_is_tried_elsewhere() {
    let (address, count, _node) = node().await;
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let network = Network::start(vec![gone, address]).await.unwrap();
    let (answer, passage) = exchange(&network, Fate::CALM).await;
    assert_eq!((answer.as_deref(), passage.forwarded, passage.is_over), (Some("none"), None, true));
    let (answer, _) = exchange(&network, Fate::CALM).await;
    assert_eq!((answer.as_deref(), count.load(Relaxed)), (Some("1"), 1));
    let seen: Vec<_> = network.sightings().iter().map(|sighting| (sighting.node, sighting.what)).collect();
    assert_eq!(seen, [(0, Seen::Away), (1, Seen::Verdict)]);
}
